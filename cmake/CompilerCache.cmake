# Lets ccache find an object that another checkout has compiled, whatever its path: a clone, a worktree, CI's fresh system. tools/build.sh sets the
# base directory and the options that belong to this.

# The header's own path, which CMake would pass besides, would be part of every object's key.
set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>)
# Debug information names sources relative to the build directory.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-ffile-compilation-dir=.>)

# A precompiled header holds absolute paths, so each checkout makes its own, and ccache must not look into it: it takes what is in `x.pch.sum`
# instead, a digest of all that the header includes. Ninja configures again when any of that changes.
function(sagebrush_precompiled_digest headers out)
  list(TRANSFORM headers REPLACE "^([^<\"].*)$" "\"\\1\"")
  list(TRANSFORM headers PREPEND "#include ")
  list(JOIN headers "\n" text)
  set(probe ${CMAKE_BINARY_DIR}/CMakeFiles/precompiled_probe)
  file(WRITE ${probe}.cc "${text}\n")
  execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++${CMAKE_CXX_STANDARD} -E -P -MD -MF ${probe}.d ${probe}.cc
    OUTPUT_VARIABLE preprocessed COMMAND_ERROR_IS_FATAL ANY)
  string(SHA256 digest "${preprocessed}")
  file(READ ${probe}.d included)
  string(REGEX REPLACE "\\\\\n" "" included "${included}")
  separate_arguments(included UNIX_COMMAND "${included}")
  list(REMOVE_AT included 0 1)  # The target and the probe.
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${included})
  set(${out} ${digest} PARENT_SCOPE)
endfunction()

# For each target in `directory` and below it that precompiles headers. Call it when all targets are there.
function(sagebrush_share_objects directory)
  get_property(targets DIRECTORY ${directory} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    get_target_property(headers ${target} PRECOMPILE_HEADERS)
    if(NOT headers)
      continue()
    endif()
    string(MAKE_C_IDENTIFIER "${headers}" key)
    get_property(digest GLOBAL PROPERTY precompiled_${key})
    if(NOT digest)
      sagebrush_precompiled_digest("${headers}" digest)
      set_property(GLOBAL PROPERTY precompiled_${key} ${digest})
    endif()
    get_target_property(folder ${target} BINARY_DIR)
    file(WRITE ${folder}/CMakeFiles/${target}.dir/cmake_pch.hxx.pch.sum ${digest})
  endforeach()
  get_property(below DIRECTORY ${directory} PROPERTY SUBDIRECTORIES)
  foreach(each ${below})
    sagebrush_share_objects(${each})
  endforeach()
endfunction()
