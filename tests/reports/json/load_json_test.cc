#include "reports/json/load_json.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sockmark::report {
namespace {

std::string problem_of(std::string_view text, const JsonLimits& limits = {}) {
  const Result<JsonDocument> json = parse_json(text, limits);
  return json ? "accepted" : json.error().message;
}

std::string repeated(std::string_view text, std::size_t n) {
  std::string result;
  for (std::size_t i = 0; i < n; ++i) result += text;
  return result;
}

TEST(ParseJson, ReadsWhatIsJson) {
  const Result<JsonDocument> json =
      parse_json(R"( {"a": [1, -2, 2.5, true, null, "µ"], "b": {}} )");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->root().text(), R"({"a":[1,-2,2.5,true,null,"µ"],"b":{}})");
  EXPECT_EQ(problem_of("5"), "accepted");
  EXPECT_EQ(problem_of("\xEF\xBB\xBF{}"),
            "accepted");  // a byte order mark may be ignored (RFC 8259, 8.1)
}

TEST(ParseJson, RefusesHostileTextInOneLine) {
  const std::pair<std::string, std::string> rows[] = {
      {"", "line 1, byte 0: "},
      {"{\n\"a\": 1,\n\"a\": 2}", "line 3, byte 13: duplicate key \"a\""},
      {"[NaN]", "line 1, byte 2: "},
      {"[Infinity]", "line 1, byte 2: "},
      {"[1e400]", "number overflow"},
      {"[-1e400]", "number overflow"},
      {"[1" + repeated("0", 500) + "]", "number overflow"},
      {"[0." + repeated("0", 100) + "1]", "a number of more than 64 characters"},
      {"[" + repeated("1", 65) + "]", "a number of more than 64 characters"},
      {"[01]", "line 1"},
      {"[1,]", "line 1"},
      {"{'a':1}", "line 1"},
      {"[1] 2", "line 1"},
      {"{\"a\":1", "unexpected end of input"},
      {"[\"\xFF\"]", "ill-formed UTF-8"},
      {"[\"\xC3\"]", "ill-formed UTF-8"},
      {"[\"\xED\xA0\x80\"]", "ill-formed UTF-8"},
      {"[\"\\uD800\"]", "surrogate"},
      {"[\"\n\"]", "control character"},
      {std::string("[\"\0\"]", 5), "control character"},
      {"\xEF\xBB", "line 1"},
      {"\xFF\xFE{\0}\0", "line 1"},
      {"// no\n{}", "line 1"},
      {repeated("[", 65), "more than 64 levels deep"},
      {repeated("[", 100'000), "more than 64 levels deep"},
      {repeated("{\"a\":", 100'000), "more than 64 levels deep"},
      {"[\"" + repeated("x", (64U << 10) + 1) + "\"]", "a string of more than 65536 bytes"},
      {"{\"" + repeated("x", (64U << 10) + 1) + "\":1}", "a string of more than 65536 bytes"},
      {"\"" + repeated("x", 1U << 20), "missing closing quote"},
      {"[" + repeated("1,", 1'000'000) + "1]", "more than 1000000 values"},
      {"{\"\x1b[2J\": 1, \"\x1b[2J\": 2}", "line 1"},
  };
  for (const auto& [text, expected] : rows) {
    const std::string problem = problem_of(text);
    EXPECT_NE(problem.find(expected), problem.npos) << text.substr(0, 60) << " gave " << problem;
    EXPECT_LT(problem.size(), 200U);
    for (const char c : problem) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << problem;
  }
}

TEST(ParseJson, AcceptsWhatIsJustWithinTheLimits) {
  EXPECT_EQ(problem_of(repeated("[", 64) + repeated("]", 64)), "accepted");
  EXPECT_EQ(problem_of("\"" + repeated("x", 64U << 10) + "\""), "accepted");
  EXPECT_EQ(problem_of("[1,2]", {.nodes = 3}), "accepted");
  EXPECT_NE(problem_of("[1,2]", {.nodes = 2}), "accepted");
  EXPECT_EQ(problem_of("[1,2]", {.bytes = 5}), "accepted");
  EXPECT_EQ(problem_of("[1,2]", {.bytes = 4}), "line 1, byte 4: longer than 4 bytes");
  EXPECT_EQ(problem_of("[18446744073709551615, -9223372036854775808]"), "accepted");
}

TEST(ParseJson, KeepsNestedValuesWhereTheyBelong) {
  const std::string text = R"({"a":[[1],{"b":[2,{"c":3}],"d":4}],"e":[5]})";
  EXPECT_EQ(parse_json(text)->root().text(), text);
}

class LoadJson : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/sockmark-load-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string error_of(const std::string& path, const JsonLimits& limits = {}) {
    const Result<JsonDocument> json = load_json_file(path, limits);
    return json ? "accepted" : json.error().message;
  }

  std::string directory_;
};

TEST_F(LoadJson, ReadsAFileAndNamesItInErrors) {
  const std::string path = directory_ + "/a.json";
  std::ofstream(path) << "{\"a\":\n1}";
  const Result<JsonDocument> json = load_json_file(path);
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->root().find("a")->whole(), 1U);
  std::ofstream(path) << "{\n]";
  EXPECT_TRUE(error_of(path).starts_with(path + ": line 2, byte 3: syntax error"))
      << error_of(path);
}

TEST_F(LoadJson, ReadsAFileWhoseSizeTheSystemDoesNotTell) {
  EXPECT_EQ(*load_text_file("/proc/sys/kernel/ostype", 100), "Linux\n");
}

TEST_F(LoadJson, RefusesWhatIsNotARegularFileWithoutWaiting) {
  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(error_of(fifo), fifo + ": not a regular file");
  EXPECT_EQ(error_of(directory_), directory_ + ": not a regular file");
  EXPECT_EQ(error_of("/dev/zero"), "/dev/zero: not a regular file");
  EXPECT_EQ(error_of(directory_ + "/none"), directory_ + "/none: No such file or directory");
}

TEST_F(LoadJson, RefusesAFileThatIsTooLongOrEmpty) {
  const std::string path = directory_ + "/a.json";
  std::ofstream(path) << "[1,2]";
  EXPECT_EQ(error_of(path, {.bytes = 5}), "accepted");
  EXPECT_EQ(error_of(path, {.bytes = 4}), path + ": longer than 4 bytes");
  std::filesystem::resize_file(path, 1ULL << 40);  // a hole: nothing of it is read
  EXPECT_EQ(error_of(path), path + ": longer than 67108864 bytes");
  std::filesystem::resize_file(path, 0);
  EXPECT_NE(error_of(path), "accepted");
}

}  // namespace
}  // namespace sockmark::report
