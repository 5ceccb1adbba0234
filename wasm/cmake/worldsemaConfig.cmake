# find_package(worldsema CONFIG REQUIRED PATHS node_modules/worldsema/wasm/cmake)
include("${CMAKE_CURRENT_LIST_DIR}/worldsema.cmake")
set(worldsema_FOUND TRUE)
