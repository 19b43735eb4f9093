#include "bench/run/build_info.h"

#include <fmt/format.h>

#include "bench/loop/loop.h"
#include "build_version.h"  // written at build time: cmake/write_version.cmake

namespace sockmark {

report::Tool build_info() {
  return {.name = "sockmark",
          .version = SOCKMARK_VERSION,
          .git = SOCKMARK_GIT,
          .build_type = SOCKMARK_BUILD_TYPE,
          .compiler = SOCKMARK_COMPILER,
          .libuv = libuv_version()};
}

BuildFacts build_facts() {
  return {.version = SOCKMARK_VERSION,
          .git = SOCKMARK_GIT,
          .build_type = SOCKMARK_BUILD_TYPE,
          .compiler = SOCKMARK_COMPILER,
          .flags = SOCKMARK_FLAGS,
          .libuv = libuv_version()};
}

std::string version_text() {
  const auto info = build_info();
  return fmt::format("{} {} (git {}, {}, {}, libuv {})", info.name, info.version, info.git,
                     info.build_type, info.compiler, info.libuv);
}

}  // namespace sockmark
