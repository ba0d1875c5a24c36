if(ECNAS_BUILD_TRAIN)
  add_executable(ecnas_train_step train_step.cpp)  # train_speed.py runs it beside PyTorch
  target_link_libraries(ecnas_train_step PRIVATE ecnas::train ecnas_build_options)
endif()
