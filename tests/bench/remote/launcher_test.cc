#include "bench/remote/launcher.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "base/temporary_directory.h"

namespace sockmark {
namespace {

using namespace std::chrono_literals;

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What an agent says first.
void write_greeting(const std::string& path) {
  HelloMessage hello;
  hello.role = "agent";
  hello.pid = 1;
  std::ofstream(path) << encode_frame(ControlType::hello, body_of(hello))
                      << encode_frame(ControlType::host, body_of(HostMessage{}));
}

TEST(RemoteEnd, PingsTheAgentWhileThisThreadDoesSomethingElse) {
  std::signal(SIGPIPE, SIG_IGN);
  const TemporaryDirectory directory;
  const std::string greeting = directory.path() + "/greeting", received = directory.path() + "/got";
  write_greeting(greeting);
  const auto end =
      RemoteEnd::launch({.role = "responder",
                         .command = "fake",
                         .arguments = {"sh", "-c", "cat " + greeting + "; exec cat >" + received}},
                        [](const std::string& line) { FAIL() << line; });
  ASSERT_TRUE(end) << end.error().message;
  // No loop turns here.
  const std::string ping = encode_frame(ControlType::ping, body_of(PingMessage{}));
  const Instant deadline = now() + 30s;
  while (!content_of(received).starts_with(ping + ping) && now() < deadline)
    std::this_thread::sleep_for(10ms);  // between two looks
  EXPECT_TRUE(content_of(received).starts_with(ping + ping)) << content_of(received);
}

}  // namespace
}  // namespace sockmark
