# find_package(worldsema CONFIG REQUIRED NO_CMAKE_FIND_ROOT_PATH
#              PATHS node_modules/worldsema/wasm/cmake)
#
# Emscripten's toolchain file looks for packages in its own system root only, hence the third word.
# `include(node_modules/worldsema/wasm/cmake/worldsema.cmake)` does the same.
include("${CMAKE_CURRENT_LIST_DIR}/worldsema.cmake")
set(worldsema_FOUND TRUE)
