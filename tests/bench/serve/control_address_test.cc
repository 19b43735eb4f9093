#include "bench/serve/control_address.h"

#include <gtest/gtest.h>

#include <string>

namespace sockmark {
namespace {

TEST(ControlAddress, HasAPort) {
  for (const auto& [text, address] :
       {std::pair("db2", "tcp://db2:7625"), std::pair("db2:7000", "tcp://db2:7000"),
        std::pair("10.0.0.2", "tcp://10.0.0.2:7625"), std::pair("fd00::2", "tcp://[fd00::2]:7625"),
        std::pair("[fd00::2]:7000", "tcp://[fd00::2]:7000"),
        std::pair("unix-stream:/run/s", "unix-stream:/run/s"),
        std::pair("unix-stream:@name", "unix-stream:@name")}) {
    const auto found = serve_address(text);
    ASSERT_TRUE(found) << text << ": " << found.error().message;
    EXPECT_EQ(*found, address);
  }
}

TEST(ControlAddress, OfAnotherFormIsAnErrorThatNamesTheForms) {
  const std::string long_path = "unix-stream:/" + std::string(120, 'x');
  for (const std::string text :
       {"db2:port", "unix-dgram:/run/s", "unix-stream:", "udp://db2", "10.0.0.2:70000", ""}) {
    const auto found = serve_address(text);
    ASSERT_FALSE(found) << text << ": " << *found;
    EXPECT_NE(found.error().message.find("expected HOST, HOST:PORT or unix-stream:PATH"),
              std::string::npos)
        << found.error().message;
  }
  EXPECT_FALSE(serve_address(long_path));
}

TEST(ControlAddress, HasATextForTheLog) {
  EXPECT_EQ(control_address_text(parse_address("tcp://10.0.0.2:7000").value()),
            "10.0.0.2 port 7000");
  EXPECT_EQ(control_address_text(parse_address("unix-stream:/run/s").value()),
            "unix-stream:/run/s");
}

}  // namespace
}  // namespace sockmark
