#include "bench/remote/command_words.h"

#include <gtest/gtest.h>

namespace sockmark {
namespace {

using Words = std::vector<std::string>;

Words words_of(std::string_view command) {
  auto words = split_words(command);
  return words ? *std::move(words) : Words{"error: " + words.error().message};
}

TEST(CommandWords, AreSeparatedByBlanksAndKeptTogetherByQuotes) {
  EXPECT_EQ(words_of("ssh db2"), (Words{"ssh", "db2"}));
  EXPECT_EQ(words_of("  ip\tnetns  exec blue\n"), (Words{"ip", "netns", "exec", "blue"}));
  EXPECT_EQ(words_of("sh -c 'echo \"a  b\"; exec \"$@\"' -"),
            (Words{"sh", "-c", "echo \"a  b\"; exec \"$@\"", "-"}));
  EXPECT_EQ(words_of("a\"b c\"'d e'f"), (Words{"ab cd ef"}));
  EXPECT_EQ(words_of("a '' \"\""), (Words{"a", "", ""}));
}

TEST(CommandWords, ABackslashKeepsTheNextCharacter) {
  EXPECT_EQ(words_of("a\\ b \\' \\\\"), (Words{"a b", "'", "\\"}));
  EXPECT_EQ(words_of("\"a\\\"b\\\\c\\d\""), (Words{"a\"b\\c\\d"})) << "between double quotes";
  EXPECT_EQ(words_of("'a\\b'"), (Words{"a\\b"})) << "between single quotes";
}

TEST(CommandWords, NothingIsExpanded) {
  EXPECT_EQ(words_of("echo $HOME * ~ `id`"), (Words{"echo", "$HOME", "*", "~", "`id`"}));
}

TEST(CommandWords, AnErrorNamesWhatIsMissing) {
  EXPECT_EQ(words_of("a 'b"), (Words{"error: a ' without its end"}));
  EXPECT_EQ(words_of("a \"b'"), (Words{"error: a \" without its end"}));
  EXPECT_EQ(words_of("a \\"), (Words{"error: a backslash at the end"}));
  EXPECT_EQ(words_of(""), (Words{"error: the command is empty"}));
  EXPECT_EQ(words_of(" \t"), (Words{"error: the command is empty"}));
}

}  // namespace
}  // namespace sockmark
