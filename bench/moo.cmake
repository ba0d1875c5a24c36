find_package(pagmo 2.18 REQUIRED)  # the peer beside which we time
ecnas_benchmark(ecnas_moo_bench moo_bench.cpp LIBRARIES ecnas::moo Pagmo::pagmo)
target_sources(ecnas_moo_bench PRIVATE ${PROJECT_SOURCE_DIR}/tests/oracles/moo_pagmo.cpp)
target_include_directories(ecnas_moo_bench PRIVATE ${PROJECT_SOURCE_DIR}/tests)
