#include "bench/serve/key.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sockmark {
namespace {

class KeyFile : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/smk-key-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    directory_ = pattern;
    path_ = directory_ + "/key";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  [[nodiscard]] std::string problem() const {
    const auto key = read_key_file(path_);
    return key ? "" : key.error().message;
  }

  std::string directory_, path_;
};

TEST_F(KeyFile, WhatIsCreatedCanBeReadAndIsPrivate) {
  ::umask(0);
  ASSERT_TRUE(create_key_file(path_));
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  const auto first = read_key_file(path_);
  ASSERT_TRUE(first);
  EXPECT_TRUE(std::any_of(first->data(), first->data() + SecretKey::size(),
                          [](std::uint8_t byte) { return byte != 0; }));
  std::filesystem::remove(path_);
  ASSERT_TRUE(create_key_file(path_));
  EXPECT_FALSE(std::equal(first->data(), first->data() + SecretKey::size(),
                          read_key_file(path_).value().data()));
}

TEST_F(KeyFile, AFileThatExistsIsKept) {
  write("precious");
  const auto created = create_key_file(path_);
  ASSERT_FALSE(created);
  EXPECT_NE(created.error().message.find("never overwritten"), std::string::npos);
  std::ostringstream text;
  text << std::ifstream(path_).rdbuf();
  EXPECT_EQ(text.str(), "precious");
}

TEST_F(KeyFile, AFileThatOthersMayReadIsRefused) {
  ASSERT_TRUE(create_key_file(path_));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0666U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_NE(problem().find("chmod 600"), std::string::npos) << mode;
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  EXPECT_EQ(problem(), "");
}

TEST_F(KeyFile, AFileOfAnotherUserIsRefused) {
  // chown(2) to another user needs root; the other rules of key files are tested without it.
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_TRUE(create_key_file(path_));
  ASSERT_EQ(::chown(path_.c_str(), 12345, 12345), 0);
  EXPECT_NE(problem().find("belongs to user 12345"), std::string::npos);
}

TEST_F(KeyFile, WhatIsNoRegularFileIsRefusedAndNotWaitedFor) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_NE(problem().find("is not a regular file"), std::string::npos);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_NE(problem().find("is not a regular file"), std::string::npos);
}

TEST_F(KeyFile, WhatIsNoKeyIsRefusedAndNotQuoted) {
  for (const std::string& text : std::vector<std::string>{
           "", "secret", std::string(44, 'A'),
           std::string(42, 'A') + "==", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE= x"}) {
    write(text);
    EXPECT_NE(problem().find("holds no key"), std::string::npos) << text;
    EXPECT_TRUE(text.empty() || problem().find(text) == std::string::npos) << text;
  }
  write(std::string(kKeyFileBytesMax + 1, 'A'));
  EXPECT_NE(problem().find("is longer than 4096 bytes"), std::string::npos);
  write("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n");
  EXPECT_EQ(problem(), "");
}

}  // namespace
}  // namespace sockmark
