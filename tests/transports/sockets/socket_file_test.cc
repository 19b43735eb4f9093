// What happens to the files of UNIX sockets, for both kinds of them.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/descriptor.h"
#include "tests/transports/harness.h"

namespace sockmark::testing {
namespace {

class SocketFileRules : public ::testing::TestWithParam<const CatalogueRow*> {
 protected:
  [[nodiscard]] const Transport& transport() const { return GetParam()->get(); }
  [[nodiscard]] int type() const {
    return GetParam()->name == "unix-stream" ? SOCK_STREAM : SOCK_DGRAM;
  }
  [[nodiscard]] std::string scheme() const { return std::string(GetParam()->name) + ":"; }
  [[nodiscard]] std::string path() const { return directory_.path() + "/socket"; }
  [[nodiscard]] Address address() const { return *parse_address(scheme() + path()); }

  // A socket file whose socket is closed, as a killed process leaves it.
  void leave_stale_file() const {
    const Descriptor dead(::socket(AF_UNIX, type(), 0));
    ASSERT_EQ(::bind(dead.get(), address().get(), address().length), 0);
  }

  TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Transports, SocketFileRules,
                         ::testing::Values(find_transport("unix-stream"),
                                           find_transport("unix-dgram")),
                         row_name);

TEST_P(SocketFileRules, TheFileIsItsOwnersOnly) {
  const mode_t before = ::umask(0);
  const auto listener = transport().listen(address(), {});
  ::umask(before);
  ASSERT_TRUE(listener) << listener.error().message;
  struct stat file {};
  ASSERT_EQ(::lstat(path().c_str(), &file), 0);
  EXPECT_TRUE(S_ISSOCK(file.st_mode));
  EXPECT_EQ(file.st_mode & 07777u, 0600u);
}

TEST_P(SocketFileRules, TheFileGoesWithItsListener) {
  {
    const auto listener = transport().listen(address(), {});
    ASSERT_TRUE(listener) << listener.error().message;
    EXPECT_EQ(directory_.entries().size(), 1u);
  }
  EXPECT_TRUE(directory_.entries().empty());
}

TEST_P(SocketFileRules, AStaleFileIsReplaced) {
  leave_stale_file();
  Pair pair;
  auto listener = transport().listen(address(), {});
  ASSERT_TRUE(listener) << listener.error().message;
  pair.listener = *std::move(listener);
  EXPECT_TRUE(connect_to(transport(), pair));
}

TEST_P(SocketFileRules, AnotherKindOfFileIsLeftAlone) {
  std::ofstream(path()) << "precious";
  const auto listener = transport().listen(address(), {});
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().message,
            "listen " + scheme() + path() + ": " + path() +
                " exists and is not a socket; choose another path or remove it");
  std::string content;
  std::ifstream(path()) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_P(SocketFileRules, ALinkIsNotFollowed) {
  leave_stale_file();
  const std::string link = directory_.path() + "/link";
  ASSERT_EQ(::symlink(path().c_str(), link.c_str()), 0);
  const auto listener = transport().listen(*parse_address(scheme() + link), {});
  ASSERT_FALSE(listener);
  EXPECT_NE(listener.error().message.find("not a socket"), std::string::npos);
  EXPECT_EQ(directory_.entries().size(), 2u);
}

TEST_P(SocketFileRules, AFileWithAListenerOfEitherKindIsInUse) {
  for (const char* name : {"unix-stream", "unix-dgram"}) {
    const auto other =
        find_transport(name)->get().listen(*parse_address(std::string(name) + ":" + path()), {});
    ASSERT_TRUE(other) << other.error().message;
    const auto listener = transport().listen(address(), {});
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().message, "listen " + scheme() + path() + ": " + path() +
                                            " is in use by another process; choose another path");
    // Asking did not disturb it.
    auto no_channel = (*other)->accept();
    ASSERT_TRUE(no_channel);
    EXPECT_EQ((*no_channel).get(), nullptr);
  }
}

TEST_P(SocketFileRules, ConnectingToTheOtherKindOfSocketSaysSo) {
  const bool stream = type() == SOCK_STREAM;
  const std::string other = stream ? "unix-dgram" : "unix-stream";
  const auto listener =
      find_transport(other)->get().listen(*parse_address(other + ":" + path()), {});
  ASSERT_TRUE(listener) << listener.error().message;
  const auto client = transport().connect(address(), {});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().message,
            "connect " + scheme() + path() +
                ": the socket at this address has another type (stream or datagram)");
}

TEST_P(SocketFileRules, AFileThatReplacedOursIsNotRemoved) {
  auto listener = transport().listen(address(), {});
  ASSERT_TRUE(listener) << listener.error().message;
  // Kept under another name, so that its inode is not used again.
  ASSERT_EQ(::rename(path().c_str(), (path() + "-old").c_str()), 0);
  leave_stale_file();
  (*listener).reset();
  struct stat file {};
  EXPECT_EQ(::lstat(path().c_str(), &file), 0);
}

TEST_P(SocketFileRules, AnAbstractNameLeavesNoFile) {
  const std::string name = scheme() + "@" + path();
  Pair pair;
  auto listener = transport().listen(*parse_address(name), {});
  ASSERT_TRUE(listener) << listener.error().message;
  pair.listener = *std::move(listener);
  EXPECT_EQ(pair.listener->local().text(), name);
  EXPECT_TRUE(connect_to(transport(), pair));
  EXPECT_TRUE(directory_.entries().empty());
}

TEST_P(SocketFileRules, ADirectoryWithTooLongANameIsAnError) {
  const auto listener =
      transport().listen(transport().default_address("/" + std::string(200, 'd')), {});
  EXPECT_FALSE(listener);
}

}  // namespace
}  // namespace sockmark::testing
