# What every sockmark target shares: warnings, sanitizers and the include root.

add_library(sockmark_settings INTERFACE)
cmake_path(SET SOCKMARK_ROOT NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/..)
target_include_directories(sockmark_settings INTERFACE ${SOCKMARK_ROOT})
target_compile_options(sockmark_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wdouble-promotion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overlaps in std::string's operator+ that cannot be (GCC bug 105651).
  target_compile_options(sockmark_settings INTERFACE -Wno-restrict)
endif()
if(SOCKMARK_SANITIZE)
  target_compile_options(sockmark_settings INTERFACE
    -fsanitize=${SOCKMARK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sockmark_settings INTERFACE -fsanitize=${SOCKMARK_SANITIZE})
endif()

# sockmark_library(NAME sources...): one static library a folder.
function(sockmark_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC sockmark_settings)
endfunction()

# sockmark_test(NAME sources... LIBRARIES libs...): a GoogleTest binary whose tests ctest lists one by
# one, each in its own process and with its own hang guard. FILTER: which of its tests, as GoogleTest
# takes it.
function(sockmark_test name)
  cmake_parse_arguments(arg "" "TIMEOUT;FILTER" "LIBRARIES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set(filter "")
  if(arg_FILTER)
    set(filter TEST_FILTER ${arg_FILTER})
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gtest GTest::gtest_main)
  # The tests' own code need not be fast, and is half of what there is to compile.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_compile_definitions(${name} PRIVATE SOCKMARK_SOURCE_DIR="${SOCKMARK_ROOT}")
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 ${filter}
                       PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()
