# Warnings, sanitizers, linker: what every target is compiled with.
set(SAGEBRUSH_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
option(SAGEBRUSH_FUZZ "Build the fuzz targets under tests/fuzz" OFF)

set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")
add_compile_options(-Wall -Wextra -Werror -Wthread-safety -Wno-unused-parameter -Wno-missing-field-initializers)
add_compile_definitions(_FILE_OFFSET_BITS=64 BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
# Without the time in it the precompiled header of one checkout is always the same.
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
# Programs too, which CMake would compile with -fPIE: so all share the precompiled headers.
add_compile_options(-fPIC)
add_link_options(-fuse-ld=mold)

if(SAGEBRUSH_SANITIZE)
  add_compile_options(-fsanitize=${SAGEBRUSH_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SAGEBRUSH_SANITIZE})
endif()
if(SAGEBRUSH_FUZZ)  # Counts edges, so that libFuzzer sees what an input reaches; programs without a fuzz target just count.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
