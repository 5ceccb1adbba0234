# worldsema_add_program(NAME source... [OPT -O2] [LIBRARIES target...] [ARGS arg...])
#
# Builds NAME.wasm and NAME.mjs in the current binary folder. The sources are compiled by this
# project's own emcc (use emcmake, or Emscripten's toolchain file) with the flags goroutine code
# needs; then `worldsema build` links them with the runtime. NAME is a target; the usual commands
# (target_include_directories, target_compile_definitions, ...) work on NAME_objects.
#
#   OPT        optimisation level: -O0 -O1 -O2 -O3 -Os -Oz; the default follows CMAKE_BUILD_TYPE
#   LIBRARIES  static libraries of this project that the program needs. Their code can be suspended
#              only if they were compiled with the flags of worldsema_compile_options(LIBRARY).
#   ARGS       for `worldsema build`, such as --polls none, -sSETTING or -lNAME

include_guard(GLOBAL)

get_filename_component(WORLDSEMA_ROOT "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(WORLDSEMA_CLI "${WORLDSEMA_ROOT}/wasm/link/cli.js")

find_program(WORLDSEMA_NODE NAMES node nodejs)
if(NOT WORLDSEMA_NODE)
  message(FATAL_ERROR "worldsema needs Node.js 20 or newer; set WORLDSEMA_NODE to its path")
endif()

# The flags every object with goroutine code needs (wasm/link/flags.js says why).
function(worldsema_compile_options target)
  target_compile_options(
    ${target}
    PRIVATE -pthread
            -g
            "SHELL:-Xclang -disable-red-zone"
            -fno-finite-loops
            -Wno-unused-command-line-argument
  )
  target_include_directories(${target} PRIVATE "${WORLDSEMA_ROOT}/runtime")
endfunction()

function(worldsema_add_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPT" "LIBRARIES;ARGS")
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "worldsema_add_program(${name}): name at least one source")
  endif()
  if(NOT CMAKE_C_COMPILER MATCHES "emcc")
    message(
      FATAL_ERROR
        "worldsema_add_program(${name}): the C compiler is ${CMAKE_C_COMPILER}, not emcc. "
        "Configure with `emcmake cmake ...` or Emscripten's toolchain file."
    )
  endif()
  if(NOT arg_OPT)
    if(CMAKE_BUILD_TYPE STREQUAL "Debug")
      set(arg_OPT -O0)
    elseif(CMAKE_BUILD_TYPE STREQUAL "MinSizeRel")
      set(arg_OPT -Os)
    else()
      set(arg_OPT -O2)
    endif()
  endif()

  add_library(${name}_objects OBJECT ${arg_UNPARSED_ARGUMENTS})
  worldsema_compile_options(${name}_objects)
  target_compile_options(${name}_objects PRIVATE ${arg_OPT})

  set(files "")
  foreach(library IN LISTS arg_LIBRARIES)
    list(APPEND files "$<TARGET_FILE:${library}>")
  endforeach()
  set(program "${CMAKE_CURRENT_BINARY_DIR}/${name}")
  add_custom_command(
    OUTPUT "${program}.wasm" "${program}.mjs"
    COMMAND
      "${CMAKE_COMMAND}" -E env "EMCC=${CMAKE_C_COMPILER}" "${WORLDSEMA_NODE}" "${WORLDSEMA_CLI}"
      build "$<TARGET_OBJECTS:${name}_objects>" ${files} -o "${program}" ${arg_OPT} --source-root
      "${CMAKE_SOURCE_DIR}" ${arg_ARGS}
    DEPENDS "$<TARGET_OBJECTS:${name}_objects>" ${name}_objects ${arg_LIBRARIES} ${files}
            "${WORLDSEMA_ROOT}/package.json"
    COMMENT "Linking ${name}.wasm with goroutines"
    COMMAND_EXPAND_LISTS VERBATIM
  )
  add_custom_target(${name} ALL DEPENDS "${program}.wasm" "${program}.mjs")
endfunction()
