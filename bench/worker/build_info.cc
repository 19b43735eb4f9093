#include "bench/worker/build_info.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <utility>

#include "base/clock.h"
#include "bench/loop/loop.h"
#include "build_version.h"  // written at build time: cmake/write_version.cmake
#include "reports/model/environment_section.h"

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

report::Environment environment_here(const std::string& interface) {
  return report::environment_section(read_environment(build_facts(), interface));
}

HelloMessage hello_of(std::string role) {
  utsname system{};
  ::uname(&system);
  return {.protocol = kControlProtocol,
          .role = std::move(role),
          .version = SOCKMARK_VERSION,
          .machine = system.machine,
          .host = system.nodename,
          .pid = ::getpid(),
          .clock = clock_identity(),
          .now_ns = ns(now())};
}

std::string version_text() {
  const auto info = build_info();
  return fmt::format("{} {} (git {}, {}, {}, libuv {})", info.name, info.version, info.git,
                     info.build_type, info.compiler, info.libuv);
}

}  // namespace sockmark
