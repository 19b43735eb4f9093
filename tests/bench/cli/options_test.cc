#include "bench/cli/options.h"

#include <gtest/gtest.h>

#include "bench/cli/cli.h"

namespace sockmark::cli {
namespace {

struct Values {
  bool quiet = false;
  std::string output = "report.json";
  std::optional<std::string> size, json;
  std::vector<std::string> gates, files;
  std::int64_t iterations = 0;
};

struct Outcome {
  int status = 0;
  std::string printed, errors;
  Values values;
};

// A program with one command of each kind of option, and a hidden command.
Outcome run(std::vector<std::string> arguments) {
  Outcome outcome;
  Values& values = outcome.values;
  Program program("prog", "Does things.\n", "prog 1.0");
  Command& command = program.add_command("inspect", "Inspect files");
  command.positional("FILE", values.files, "Files");
  command.flag("--quiet", values.quiet, "Print nothing");
  command.text("-o,--output", "FILE", values.output, "Output");
  command.text("-s,--size", "SIZE", values.size, "Size");
  command.text_or("--json", "[FILE]", values.json, "-", "JSON");
  command.list("--gate", "GATE", values.gates, "Gates");
  command.section("Rare");
  command.number("--iterations", "N", values.iterations, 1, "Iterations");
  command.action([] { return 3; });
  Command& hidden = program.add_command("secret", "Hidden");
  hidden.hide();
  hidden.action([] { return 4; });
  command.hint("--bytes", "--size sets the size");
  command.hint("-4", "there is one version");
  program.add_help_and_version();
  program.hint("serve", "nothing is served");

  arguments.insert(arguments.begin(), "prog");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  outcome.status = program.run(static_cast<int>(argv.size()), argv.data());
  outcome.errors = testing::internal::GetCapturedStderr();
  outcome.printed = testing::internal::GetCapturedStdout();
  return outcome;
}

TEST(Options, AreReadIntoTheirVariables) {
  const auto [status, printed, errors, values] =
      run({"inspect", "a", "--quiet", "-o", "out", "--size=64", "--gate", "x", "--gate", "y", "b",
           "--iterations", "7"});
  EXPECT_EQ(status, 3) << errors;  // what the action returned
  EXPECT_TRUE(values.quiet);
  EXPECT_EQ(values.output, "out");
  EXPECT_EQ(values.size, "64");
  EXPECT_EQ(values.gates, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(values.files, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(values.iterations, 7);
  EXPECT_FALSE(values.json);
}

TEST(Options, AListTakesOneValueEachTime) {
  const auto values = run({"inspect", "--gate", "x", "y"}).values;
  EXPECT_EQ(values.gates, std::vector<std::string>{"x"});
  EXPECT_EQ(values.files, std::vector<std::string>{"y"});
  const auto help = run({"inspect", "--help"}).printed;
  EXPECT_NE(help.find("--gate GATE "), std::string::npos) << help;
  EXPECT_EQ(help.find("GATE ..."), std::string::npos) << help;
}

TEST(Options, KeepTheirDefaults) {
  const auto [status, printed, errors, values] = run({"inspect"});
  EXPECT_EQ(status, 3);
  EXPECT_FALSE(values.quiet);
  EXPECT_EQ(values.output, "report.json");
  EXPECT_FALSE(values.size);
}

TEST(Options, AnOptionalTextHasADefault) {
  EXPECT_EQ(run({"inspect", "--json"}).values.json, "-");
  EXPECT_EQ(run({"inspect", "--json", "file"}).values.json, "file");
}

TEST(Options, AUsageErrorIsOneLine) {
  const std::pair<std::vector<std::string>, const char*> wrong[] = {
      {{"isnpect"}, "unknown command \"isnpect\"; did you mean \"inspect\"?"},
      {{"secrte"}, "unknown command \"secrte\"; see prog --help"},
      {{"inspect", "--sise", "1"}, "unknown option \"--sise\"; did you mean \"--size\"?"},
      {{"inspect", "--velocity"}, "unknown option \"--velocity\"; see prog inspect --help"},
      {{"--vresion"}, "unknown option \"--vresion\"; did you mean \"--version\"?"},
      {{"nonsense"}, "unknown command \"nonsense\"; see prog --help"},
      {{"serve"}, "unknown command \"serve\"; nothing is served"},
      {{"inspect", "--bytes=5"}, "unknown option \"--bytes=5\"; --size sets the size"},
      {{"inspect", "-4"}, "unknown option \"-4\"; there is one version"},
      {{"inspect", "--sec"}, "unknown option \"--sec\"; see prog inspect --help"},
      {{"secret", "inspect"}, "unknown argument \"inspect\"; see prog secret --help"},
      {{"help", "isnpect"}, "unknown command \"isnpect\"; did you mean \"inspect\"?"},
      {{"secret", "extra"}, "unknown argument \"extra\"; see prog secret --help"},
      {{"inspect", "--size"}, "--size requires SIZE"},
      {{"inspect", "-s", "1", "--size", "2"}, "--size: given twice"},
      {{"inspect", "-s", "1", "-s", "2", "-s", "3"}, "--size: given 3 times"},
      {{"inspect", "--iterations", "0"}, "--iterations: \"0\" is not a whole number of at least 1"},
      {{"inspect", "--iterations", "many"},
       "--iterations: \"many\" is not a whole number of at least 1"},
  };
  for (const auto& [arguments, message] : wrong) {
    const auto outcome = run(arguments);
    EXPECT_EQ(outcome.status, kBadInput);
    EXPECT_EQ(outcome.errors, std::string("sockmark: ") + message + "\n");
  }
}

// What precedes the command may change what it does: nothing is done if it is not understood.
TEST(Options, AWordBeforeTheCommandIsAnError) {
  const std::pair<std::vector<std::string>, const char*> wrong[] = {
      {{"nonsense", "secret"}, "unknown command \"nonsense\"; see prog --help"},
      {{"isnpect", "secret"}, "unknown command \"isnpect\"; did you mean \"inspect\"?"},
      {{"-s", "1", "inspect"},
       "unknown option \"-s\"; options follow the command, as in prog inspect -s"},
      {{"-x", "secret"}, "unknown option \"-x\"; see prog --help"},
  };
  for (const auto& [arguments, message] : wrong) {
    const auto outcome = run(arguments);
    EXPECT_EQ(outcome.status, kBadInput);
    EXPECT_EQ(outcome.errors, std::string("sockmark: ") + message + "\n");
  }
}

TEST(Options, TheNameOfASecondCommandIsAnArgument) {
  const auto outcome = run({"inspect", "secret"});
  EXPECT_EQ(outcome.status, 3) << outcome.errors;
  EXPECT_EQ(outcome.values.files, std::vector<std::string>{"secret"});
}

TEST(Options, HelpAndVersionAreAnsweredAtAnyPlace) {
  const auto help = run({"inspect", "--help"}).printed;
  EXPECT_NE(help.find("--size"), std::string::npos);
  const std::vector<std::string> ways[] = {
      {"help", "inspect"},         {"inspect", "-h"},       {"-h", "inspect"},
      {"inspect", "--sise", "-h"}, {"inspect", "-s", "-h"}, {"nonsense", "inspect", "--help"}};
  for (const auto& words : ways) {
    const auto outcome = run(words);
    EXPECT_EQ(outcome.status, kSuccess) << outcome.errors;
    EXPECT_EQ(outcome.printed, help);
  }
  EXPECT_EQ(run({"help"}).printed, run({"--help"}).printed);
  EXPECT_EQ(run({"nonsense", "-h"}).printed, run({"--help"}).printed);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"version"}, {"-V"}, {"inspect", "-V"}, {"inspect", "--version"}})
    EXPECT_EQ(run(words).printed, "prog 1.0\n");
  EXPECT_EQ(run({"inspect", "--", "-4"}).values.files, std::vector<std::string>{"-4"});
  // After "--" they are arguments.
  EXPECT_EQ(run({"inspect", "--", "-h"}).values.files, std::vector<std::string>{"-h"});
}

TEST(Options, HelpAndVersionEndTheProgram) {
  EXPECT_EQ(run({"--version"}).printed, "prog 1.0\n");
  const auto program = run({"--help"});
  EXPECT_EQ(program.status, kSuccess);
  EXPECT_NE(program.printed.find("Inspect files"), std::string::npos);
  EXPECT_EQ(program.printed.find("Hidden"), std::string::npos);
  const auto command = run({"inspect", "--help"});
  EXPECT_EQ(command.status, kSuccess);
  EXPECT_NE(command.printed.find("Rare:\n  --iterations N"), std::string::npos) << command.printed;
}

TEST(Options, WithoutACommandTheHelpIsAUsageError) {
  const auto outcome = run({});
  EXPECT_EQ(outcome.status, kBadInput);
  EXPECT_EQ(outcome.printed, "");
  EXPECT_NE(outcome.errors.find("Inspect files"), std::string::npos);
}

}  // namespace
}  // namespace sockmark::cli
