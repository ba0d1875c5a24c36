# ecnas_module(NAME [INTERNAL] SOURCES … [PUBLIC targets…] [PRIVATE targets…])
#   One static library a module: target ecnas_NAME, alias ecnas::NAME. INTERNAL: of a program of ours
#   alone, so not installed.
# ecnas_embed(TARGET SYMBOL FILE)
#   The bytes of a file between the constants SYMBOL_begin and SYMBOL_end of a library; none if it is
#   not there. Sets SYMBOL_digest: the first 12 digits of its SHA-256.
# ecnas_test(NAME SOURCES … [LIBRARIES targets…] [LABELS …] [SLOW patterns…] [THREADS patterns…])
#   One GoogleTest program, its cases registered with ctest; under a sanitizer the program as one
#   test, since what its cases share (the hashes of all cells) is slow to make there. Label `threads`
#   says that it starts threads: the thread sanitizer runs it (only the cases that THREADS names, if
#   any), and `ecnas_thread_tests` builds all that have it. Label `slow` says that it takes means
#   over many trials, or all cells of the built-in benchmark: the sanitizers leave it out, as they do
#   the cases that SLOW names.
# Sources are listed by hand; tests/project checks that none is forgotten.

find_program(ECNAS_CCACHE ccache)
if(ECNAS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the project count as relative, so that clones and worktrees share what is compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
    CCACHE_NOHASHDIR=1 ${ECNAS_CCACHE})
endif()

# Warnings and sanitizers; not exported to consumers. -Wrestrict of g++ 12 is wrong about std::string
# (GCC bug 105329); options are aggregates of which callers name the fields they change.
add_library(ecnas_build_options INTERFACE)
target_compile_options(ecnas_build_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers $<$<BOOL:${ECNAS_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-string-conversion>)  # ECNAS_ASSERT(!"reason")
if(ECNAS_SANITIZE)
  target_compile_options(ecnas_build_options INTERFACE
    -fsanitize=${ECNAS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ecnas_build_options INTERFACE -fsanitize=${ECNAS_SANITIZE})
endif()

function(ecnas_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INTERNAL" "" "SOURCES;PUBLIC;PRIVATE")
  add_library(ecnas_${name} STATIC ${arg_SOURCES})
  add_library(ecnas::${name} ALIAS ecnas_${name})
  set_target_properties(ecnas_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(ecnas_${name} PUBLIC cxx_std_20)
  target_include_directories(ecnas_${name}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(ecnas_${name}
    PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:ecnas_build_options>)
  if(NOT arg_INTERNAL)
    set_property(GLOBAL APPEND PROPERTY ECNAS_MODULES ${name})
  endif()
endfunction()

function(ecnas_embed target symbol file)
  if(NOT EXISTS ${file})
    set(file ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.empty)
    file(WRITE ${file} "")
  endif()
  file(SHA256 ${file} sum)
  string(SUBSTRING ${sum} 0 12 sum)
  set(${symbol}_digest ${sum} PARENT_SCOPE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/embedded.S.in ${assembly} @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${assembly})
endfunction()

add_custom_target(ecnas_thread_tests)

function(ecnas_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES;LABELS;SLOW;THREADS")
  add_executable(${name} ${arg_SOURCES})
  # Oracles and helpers are included as "oracles/…" and "support/…"; src for private headers.
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} ecnas_build_options
    GTest::gtest_main rapidcheck rapidcheck_gtest)
  target_compile_definitions(${name} PRIVATE ECNAS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if("threads" IN_LIST arg_LABELS)
    add_dependencies(ecnas_thread_tests ${name})
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS suite)  # gtest_discover_tests drops an empty value and takes the next word for it
  endif()
  if(ECNAS_SANITIZE)
    list(JOIN arg_SLOW ":" slow)
    set(cases "*")
    if(ECNAS_SANITIZE STREQUAL "thread" AND arg_THREADS)
      list(JOIN arg_THREADS ":" cases)
    endif()
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 --gtest_filter=${cases}-${slow})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 1500)
  else()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120
      PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600)
  endif()
endfunction()
