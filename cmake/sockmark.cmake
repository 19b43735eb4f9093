# What every sockmark target shares: warnings, sanitizers, the include root, and how a folder becomes
# a library and a test program.

# ccache, where it is installed and no other launcher was chosen. ccache's manual ("Precompiled headers") asks for
# these settings; without them, nothing that uses a precompiled header is cached.
find_program(SOCKMARK_CCACHE ccache)
mark_as_advanced(SOCKMARK_CCACHE)
if(SOCKMARK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${SOCKMARK_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                      "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

option(SOCKMARK_PCH "Precompile the headers that most files include" ON)
option(SOCKMARK_UNITY "Compile several files at a time, except in HOT folders" OFF)

add_library(sockmark_settings INTERFACE)
cmake_path(SET SOCKMARK_ROOT NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/..)
target_include_directories(sockmark_settings INTERFACE ${SOCKMARK_ROOT})
target_compile_options(sockmark_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wdouble-promotion
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overlaps and overruns in std::string's operator+ and == that cannot be (GCC bugs 105651, 105329).
  target_compile_options(sockmark_settings INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(SOCKMARK_SANITIZE)
  target_compile_options(sockmark_settings INTERFACE
    -fsanitize=${SOCKMARK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sockmark_settings INTERFACE -fsanitize=${SOCKMARK_SANITIZE})
endif()

set(SOCKMARK_FMT fmt::fmt)
if(SOCKMARK_STATIC)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/fmt_archive.cc.in ${CMAKE_BINARY_DIR}/generated/fmt_archive.cc COPYONLY)
  add_library(sockmark_fmt STATIC ${CMAKE_BINARY_DIR}/generated/fmt_archive.cc)
  target_include_directories(sockmark_fmt SYSTEM PUBLIC
    $<TARGET_PROPERTY:fmt::fmt-header-only,INTERFACE_INCLUDE_DIRECTORIES>)
  set(SOCKMARK_FMT sockmark_fmt)
endif()

# The headers of the standard library and of fmt that most files include, parsed once. Each file still
# includes what it uses: the preset "plain" compiles without this, and one file at a time.
file(WRITE ${CMAKE_BINARY_DIR}/generated/empty.cc "")
function(sockmark_pch_target name)
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/generated/empty.cc)
  target_link_libraries(${name} PRIVATE sockmark_settings ${SOCKMARK_FMT})
  target_precompile_headers(${name} PRIVATE <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory>
    <optional> <set> <span> <string> <string_view> <utility> <variant> <vector> <fmt/format.h> ${ARGN})
endfunction()
if(SOCKMARK_PCH)
  sockmark_pch_target(sockmark_pch)
endif()

# sockmark_folder(FOLDER... [HOT | COLD] [SEPARATE] [LINKS folders...] [PRIVATE libraries...] [SOURCES files...])
#
# The sources of FOLDER, relative to the current one (of several: "." sockets), as one static library.
# Its name is the folder's path: reports/json is sockmark_reports_json. LINKS are the folders that it
# includes, as paths from the root (docs/decisions/0006-arrows.md). HOT is for what runs once a message,
# COLD for what runs once a command and takes long to compile. The preset release compiles several
# files of a folder at a time, so that their anonymous helpers need different names; not those of a
# HOT folder, nor of a SEPARATE one, whose files use the same names for the same things.
function(sockmark_folder folder)
  cmake_parse_arguments(arg "HOT;COLD;SEPARATE" "" "LINKS;PRIVATE;SOURCES" ${ARGN})
  cmake_path(APPEND CMAKE_CURRENT_SOURCE_DIR ${folder} OUTPUT_VARIABLE path)
  cmake_path(NORMAL_PATH path)
  cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${SOCKMARK_ROOT} OUTPUT_VARIABLE name)
  string(REGEX REPLACE "/$" "" name ${name})
  string(REPLACE "/" "_" target "sockmark_${name}")
  set(folders ${folder} ${arg_UNPARSED_ARGUMENTS})
  list(TRANSFORM folders PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE sources)
  list(TRANSFORM sources APPEND /*.cc)
  file(GLOB sources CONFIGURE_DEPENDS ${sources})
  list(APPEND sources ${arg_SOURCES})

  add_library(${target} STATIC ${sources})
  # The preset "plain" compiles each header by itself (CMAKE_VERIFY_INTERFACE_HEADER_SETS).
  if(CMAKE_VERIFY_INTERFACE_HEADER_SETS)
    list(TRANSFORM folders PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE headers)
    list(TRANSFORM headers APPEND /*.h)
    file(GLOB headers CONFIGURE_DEPENDS ${headers})
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${SOCKMARK_ROOT} FILES ${headers})
  endif()
  list(TRANSFORM arg_LINKS REPLACE "/" "_")
  list(TRANSFORM arg_LINKS PREPEND "sockmark_")
  target_link_libraries(${target} PUBLIC sockmark_settings ${arg_LINKS} PRIVATE ${SOCKMARK_FMT} ${arg_PRIVATE})
  if(arg_COLD)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  elseif(NOT arg_HOT)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O2>)
  endif()
  if(NOT arg_HOT AND NOT arg_SEPARATE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${SOCKMARK_UNITY} UNITY_BUILD_BATCH_SIZE 4)
  endif()
  if(SOCKMARK_PCH)
    target_precompile_headers(${target} REUSE_FROM sockmark_pch)
  endif()
endfunction()

# The tests' own code is half of the code to compile, and does not have to be fast.
function(sockmark_test_options name)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
endfunction()

# sockmark_test(NAME [FOLDER...] [SOURCES files...] [LIBRARIES libs...] [TIMEOUT s] [FILTER pattern]): a
# GoogleTest program of the *_test.cc of the current folder and all sources of each FOLDER, whose tests
# ctest lists one by one, each in its
# own process and with its own hang guard, and counts as two (scripts/test). FILTER: which of its tests, as GoogleTest takes it.
function(sockmark_test name)
  cmake_parse_arguments(arg "" "TIMEOUT;FILTER" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set(filter "")
  if(arg_FILTER)
    set(filter TEST_FILTER ${arg_FILTER})
  endif()
  set(sources ${arg_SOURCES})
  set(patterns ${arg_UNPARSED_ARGUMENTS})
  list(TRANSFORM patterns APPEND /*.cc)
  file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc ${patterns})
  list(APPEND sources ${found})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} ${SOCKMARK_FMT} GTest::gtest GTest::gtest_main)
  sockmark_test_options(${name})
  target_compile_definitions(${name} PRIVATE SOCKMARK_SOURCE_DIR="${SOCKMARK_ROOT}")
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${SOCKMARK_UNITY})
  if(SOCKMARK_PCH)
    target_precompile_headers(${name} REUSE_FROM sockmark_test_pch)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES ${filter}
                       PROPERTIES TIMEOUT ${arg_TIMEOUT} PROCESSORS 2)
endfunction()
