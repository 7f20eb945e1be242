# A folder of src/ is one library; its x_test.cc files together are one test program, `<folder>_test`.
#
#   sagebrush_folder(NAME [LINKS libraries...] [EXCLUDE files...])
#
# A folder with subfolders (sagemaker/training, ...) is still one library. `main.cc` and files in EXCLUDE stay out of it.
include(GoogleTest)

# One precompiled header for all libraries and one for all tests, each compiled once (4 CPU seconds) and not once a folder.
add_library(precompiled OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled.cc)
target_link_libraries(precompiled PUBLIC Boost::json fmt::fmt)
target_precompile_headers(precompiled PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.h)
add_executable(precompiled_tests EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/cmake/precompiled.cc)
target_link_libraries(precompiled_tests PRIVATE Boost::json fmt::fmt GTest::gmock GTest::gtest_main)
target_precompile_headers(precompiled_tests PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.h <gmock/gmock.h> <gtest/gtest.h>)

function(sagebrush_folder name)
  cmake_parse_arguments(ARG "" "" "LINKS;EXCLUDE;TEST_LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_main\\.cc$|/main\\.cc$")
  foreach(file ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()

  if(NOT sources)  # Only headers so far.
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${name} INTERFACE ${ARG_LINKS})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(${name} PUBLIC ${ARG_LINKS})
  target_precompile_headers(${name} REUSE_FROM precompiled)

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_TEST_LINKS} GTest::gmock GTest::gtest_main)
    target_precompile_headers(${name}_test REUSE_FROM precompiled_tests)
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}/" PROPERTIES TIMEOUT 120)
  endif()
endfunction()
