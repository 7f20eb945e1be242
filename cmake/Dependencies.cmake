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

# Where programs find what they load when they need it: our module for Parquet, libxgboost in its wheel and the libraries of pyarrow. The runtime
# makes just these directories visible in a job's sandbox. In the package (`make deb`) the same lie under one folder, and absolute, for the
# program is elsewhere in the sandbox.
set(CMAKE_BUILD_RPATH ${CMAKE_BINARY_DIR}/lib ${SAGEBRUSH_SITE_PACKAGES}/xgboost/lib ${SAGEBRUSH_SITE_PACKAGES}/xgboost_cpu.libs
    ${SAGEBRUSH_SITE_PACKAGES}/pyarrow)
set(SAGEBRUSH_INSTALL_LIBRARIES ${CMAKE_INSTALL_PREFIX}/lib)
set(CMAKE_INSTALL_RPATH ${SAGEBRUSH_INSTALL_LIBRARIES} ${SAGEBRUSH_INSTALL_LIBRARIES}/xgboost/lib ${SAGEBRUSH_INSTALL_LIBRARIES}/xgboost_cpu.libs
    ${SAGEBRUSH_INSTALL_LIBRARIES}/pyarrow)
