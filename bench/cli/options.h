// The command line of a program: its commands, and the options that they read into variables.
//
//   Program program("sockmark", "Measures.\n", version_text());
//   auto topic = std::make_shared<std::string>();
//   Command& list = program.add_command("list", "List what can be chosen");
//   list.positional("TOPIC", *topic, "What to list (everything)");
//   list.action([topic] { return print_list(*topic); });
//   return program.run(argc, argv);
//
// CLI11 parses and formats the help. Only options.cc includes it: each file that does costs seconds
// to compile. Usage errors are one line on standard error and exit status 2.
//
// One thread. Must: every variable outlives the parse.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace sockmark::cli {

// `names`: "--size", or with a letter "-s,--size". `kind`: what follows it, for the help: "FILE".
class Command {
 public:
  explicit Command(std::shared_ptr<CLI::App> app);

  // The help's last paragraphs.
  void footer(const char* text);
  // What to print for `word`, an option or an argument of another tool that this one lacks:
  // "unknown option "-P"; HINT".
  void hint(const std::string& word, const char* text);
  // Leaves the command out of the help and of suggestions.
  void hide();
  // A heading in the help for the options added from here on.
  void section(const char* title);

  void flag(const std::string& names, bool& value, const char* help);
  void text(const std::string& names, const char* kind, std::string& value, const char* help);
  void text(const std::string& names, const char* kind, std::optional<std::string>& value,
            const char* help);
  // May be given without a text, which then is `otherwise`.
  void text_or(const std::string& names, const char* kind, std::optional<std::string>& value,
               const char* otherwise, const char* help);
  // A whole number of at least `least`.
  void number(const std::string& names, const char* kind, std::int64_t& value, std::int64_t least,
              const char* help);
  // May be repeated; each takes one text.
  void list(const std::string& names, const char* kind, std::vector<std::string>& values,
            const char* help);
  // An option that is not bound to a variable. A flag has no `kind`, and its text is "true".
  void on_text(const std::string& names, const char* kind, const char* help,
               std::function<void(const std::string&)> take);

  void positional(const char* name, std::string& value, const char* help);
  void positional(const char* name, std::optional<std::string>& value, const char* help);
  void positional(const char* name, std::vector<std::string>& values, const char* help);

  // What the command does; returns the exit status.
  void action(std::function<int()> run);

 protected:
  const std::shared_ptr<CLI::App> app_;
  std::string section_ = "Options";
  std::map<std::string, std::string> hints_;
  std::function<int()> action_;
  friend class Program;
};

// Without commands, a program has options of its own.
class Program : public Command {
 public:
  Program(const char* name, const char* purpose, const std::string& version);

  Command& add_command(const char* name, const char* help);
  // The commands "help" and "version". Must: this program outlives them.
  void add_help_and_version();

  // Reads the arguments. Returns the exit status if the program ends here: -h or --help, -V or
  // --version, at any place; or a usage error, which is printed.
  [[nodiscard]] std::optional<int> parse(int argc, char** argv);

  // Parses, then runs the chosen command. Without a command, prints the help as a usage error.
  [[nodiscard]] int run(int argc, char** argv);

 private:
  [[nodiscard]] Command* chosen();
  [[nodiscard]] const Command* find(const std::string& name) const;
  [[nodiscard]] std::string help_of(const Command* command) const;
  [[nodiscard]] Error unknown(const Command& where, const std::string& word) const;

  std::string version_;
  std::deque<Command> commands_;  // a deque: references to its elements stay valid
};

}  // namespace sockmark::cli
