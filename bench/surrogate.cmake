ecnas_benchmark(ecnas_surrogate_features_bench surrogate_features_bench.cpp
  LIBRARIES ecnas::surrogate)
target_include_directories(ecnas_surrogate_features_bench PRIVATE ${PROJECT_SOURCE_DIR}/tests)
ecnas_benchmark(ecnas_surrogate_bench surrogate_bench.cpp
  LIBRARIES ecnas::surrogate PkgConfig::xgboost)
