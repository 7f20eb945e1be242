# Third-party libraries: Debian packages (tools/packages.txt) and PyPI wheels (tools/requirements.txt).
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(pugixml REQUIRED IMPORTED_TARGET pugixml)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(libseccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(simdjson REQUIRED IMPORTED_TARGET simdjson)

# The Python environment that `make setup` creates: botocore's service models, libxgboost, libarrow.
set(SAGEBRUSH_VENV ${CMAKE_SOURCE_DIR}/.venv CACHE PATH "Python environment made by `make setup`")
set(SAGEBRUSH_PYTHON ${SAGEBRUSH_VENV}/bin/python)
if(NOT EXISTS ${SAGEBRUSH_PYTHON})
  message(FATAL_ERROR "${SAGEBRUSH_PYTHON} is missing: run `make setup` first")
endif()
execute_process(
  COMMAND ${SAGEBRUSH_PYTHON} -c "import sysconfig; print(sysconfig.get_paths()['purelib'], end='')"
  OUTPUT_VARIABLE SAGEBRUSH_SITE_PACKAGES COMMAND_ERROR_IS_FATAL ANY)
