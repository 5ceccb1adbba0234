# worldsema_add_program(NAME source... [OPT -O2] [FOREIGN target-or-file...] [LIBRARIES target...]
#                       [TABLES inside|separate] [ARGS arg...])
#
# Builds NAME.wasm and NAME.mjs, and for bundlers NAME.js and NAME.worker.js, in the current binary
# folder. The sources are compiled by this project's own emcc (use emcmake, or Emscripten's toolchain
# file) with the flags goroutine code needs; then `worldsema build` links them with the runtime. NAME
# is a target; the usual commands (target_include_directories, target_compile_definitions, ...) work
# on NAME_objects.
#
#   OPT        optimisation level: -O0 -O1 -O2 -O3 -Os -Oz; the default follows CMAKE_BUILD_TYPE
#   FOREIGN    code that is never instrumented: it runs at full speed, and where it is stopped,
#              preempted, or waits in a callback it does so in place, keeping its worker. Each is
#                a target     a static or object library, defined before this call. One that this
#                             project compiles gets the flags of worldsema_compile_options.
#                a source     compiled with this program's OPT; the usual commands work on
#                             NAME_foreign
#                an archive or object that is there already, compiled by emcc with -pthread
#   LIBRARIES  static libraries whose code may be goroutine code. One that uses nothing of
#              worldsema.h is foreign all the same, unless ARGS has --goroutine and its file; the
#              others must be compiled with the flags of worldsema_compile_options(LIBRARY).
#   TABLES     separate: names and lines for stacks go into NAME.tables.wasm, not into the module
#   ARGS       for `worldsema build`, such as --polls none, -sSETTING or -lNAME
#
# What FOREIGN and LIBRARIES ask of those who use them (public include folders and definitions)
# holds for the program's sources. Libraries that they need themselves are to be named as well.
#
# With CMAKE_BUILD_TYPE Debug or RelWithDebInfo there is a source map too: NAME.wasm.map.
#
#   add_library(sqlite3 STATIC sqlite3.c)
#   target_include_directories(sqlite3 PUBLIC .)
#   worldsema_add_program(app main.c FOREIGN sqlite3)

include_guard(GLOBAL)

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
            "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=" # "created by" tells __FILE__
            -Wno-unused-command-line-argument
  )
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../runtime")
endfunction()

# Sorts what FOREIGN names: the arguments for the link, and the files that it depends on.
function(_worldsema_foreign name opt args_var files_var)
  set(args "")
  set(files "")
  set(sources "")
  foreach(item IN LISTS ARGN)
    if(TARGET "${item}")
      get_target_property(target "${item}" ALIASED_TARGET)
      if(NOT target)
        set(target "${item}")
      endif()
      get_target_property(type "${target}" TYPE)
      get_target_property(imported "${target}" IMPORTED)
      if(NOT imported)
        worldsema_compile_options("${target}")
      endif()
      if(type STREQUAL "OBJECT_LIBRARY")
        list(APPEND args "--foreign=$<JOIN:$<TARGET_OBJECTS:${target}>,$<SEMICOLON>--foreign=>")
        list(APPEND files "$<TARGET_OBJECTS:${target}>" ${target})
      elseif(type MATCHES "^(STATIC|UNKNOWN)_LIBRARY$")
        list(APPEND args --foreign "$<TARGET_FILE:${target}>")
        list(APPEND files "$<TARGET_FILE:${target}>")
      else()
        message(FATAL_ERROR "worldsema_add_program(${name}): FOREIGN ${item} is neither a static "
                            "nor an object library")
      endif()
      target_link_libraries(${name}_objects PRIVATE "${target}")
    elseif(item MATCHES "\\.(a|o|obj|bc)$")
      get_filename_component(file "${item}" ABSOLUTE)
      list(APPEND args --foreign "${file}")
      list(APPEND files "${file}")
    elseif(item MATCHES "\\.(c|cc|cpp|cxx|C|m|s|S|h|hh|hpp)$")
      list(APPEND sources "${item}")
    else()
      message(FATAL_ERROR "worldsema_add_program(${name}): FOREIGN ${item} is neither a target "
                          "that is defined so far, nor a source, an object or an archive")
    endif()
  endforeach()
  if(sources)
    add_library(${name}_foreign OBJECT ${sources})
    worldsema_compile_options(${name}_foreign)
    target_compile_options(${name}_foreign PRIVATE ${opt})
    list(APPEND args "--foreign=$<JOIN:$<TARGET_OBJECTS:${name}_foreign>,$<SEMICOLON>--foreign=>")
    list(APPEND files "$<TARGET_OBJECTS:${name}_foreign>" ${name}_foreign)
  endif()
  set(${args_var} "${args}" PARENT_SCOPE)
  set(${files_var} "${files}" PARENT_SCOPE)
endfunction()

function(worldsema_add_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPT;TABLES" "FOREIGN;LIBRARIES;ARGS")
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
    target_link_libraries(${name}_objects PRIVATE "${library}")
  endforeach()
  _worldsema_foreign(${name} ${arg_OPT} foreign foreign_files ${arg_FOREIGN})

  set(root "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../..")
  set(program "${CMAKE_CURRENT_BINARY_DIR}/${name}")
  set(outputs "${program}.wasm" "${program}.mjs" "${program}.js" "${program}.worker.js" "${program}.one.js")
  set(tables "")
  if(arg_TABLES)
    set(tables --tables "${arg_TABLES}")
  endif()
  if(arg_TABLES STREQUAL "separate")
    list(APPEND outputs "${program}.tables.wasm")
  endif()
  set(debug "")
  if(CMAKE_BUILD_TYPE MATCHES "^(Debug|RelWithDebInfo)$")
    set(debug -g)
    list(APPEND outputs "${program}.wasm.map")
  endif()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND
      "${CMAKE_COMMAND}" -E env "EMCC=${CMAKE_C_COMPILER}" "${WORLDSEMA_NODE}"
      "${root}/cli/main.js" build "$<TARGET_OBJECTS:${name}_objects>" ${files} ${foreign} -o
      "${program}" ${arg_OPT} ${debug} --source-root "${CMAKE_SOURCE_DIR}" ${tables}
      ${arg_ARGS}
    DEPENDS "$<TARGET_OBJECTS:${name}_objects>" ${name}_objects ${files} ${foreign_files}
            "${root}/package.json"
    COMMENT "Linking ${name}.wasm with goroutines"
    COMMAND_EXPAND_LISTS VERBATIM
  )
  add_custom_target(${name} ALL DEPENDS ${outputs})
endfunction()
