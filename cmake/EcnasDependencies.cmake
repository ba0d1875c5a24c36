# Everything comes from the system's packages (setup.sh installs them); nothing is downloaded here.
find_package(fmt 9 REQUIRED)
find_package(Threads REQUIRED)
find_package(LibArchive 3.6 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(ZLIB 1.2 REQUIRED)
find_package(JPEG REQUIRED)  # libjpeg-turbo: photographs to train with
find_package(PNG 1.6 REQUIRED)
find_package(CURL 7.84 REQUIRED)
find_package(OpenSSL 3 REQUIRED)  # SHA-256 of what is downloaded
find_package(CLI11 2.1 REQUIRED)
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib>=0.11 cpp-httplib<0.12)
pkg_check_modules(xgboost REQUIRED IMPORTED_TARGET xgboost)
find_package(Eigen3 3.4 REQUIRED)
if(ECNAS_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  find_package(pagmo 2.18 REQUIRED)  # a peer of moo, in tests and benchmarks only
  find_package(Protobuf 3.21 REQUIRED)  # an oracle of our own reader of messages
  include(GoogleTest)
endif()
if(ECNAS_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
