#include "bench/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <utility>

#include "base/parse.h"
#include "bench/cli/cli.h"

namespace sockmark::cli {

namespace {

// CLI11's texts in the words of our messages. "--size: At Most 1 required but received 2" becomes
// "--size: given twice", "--size: 1 required LIST missing" becomes "--size requires LIST".
Error in_our_words(std::string_view text) {
  constexpr std::string_view kAtMost = ": At Most 1 required but received ";
  constexpr std::string_view kRequired = ": 1 required ", kMissing = " missing";
  if (const auto at = text.find(kAtMost); at != text.npos) {
    const auto times = text.substr(at + kAtMost.size());
    return Error{fmt::format("{}: given {}", text.substr(0, at),
                             times == "2" ? "twice" : fmt::format("{} times", times))};
  }
  if (const auto at = text.find(kRequired); at != text.npos && text.ends_with(kMissing)) {
    const auto kind = text.substr(at + kRequired.size());
    return Error{fmt::format("{} requires {}", text.substr(0, at),
                             kind.substr(0, kind.size() - kMissing.size()))};
  }
  return Error{std::string(text)};
}

// Without the dashes: two of them would make any two short names look alike.
std::vector<std::string> long_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back(name);
  }
  return names;
}

std::vector<std::string> visible_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::string nearest_of(std::string_view text, const std::vector<std::string>& words) {
  return nearest(text, std::vector<std::string_view>(words.begin(), words.end()));
}

// "--size" of "--size=64".
std::string option_name(const std::string& word) { return word.substr(0, word.find('=')); }

// One of the words, before "--".
bool contains(std::span<char* const> arguments, std::string_view word, std::string_view other) {
  for (const std::string_view argument : arguments) {
    if (argument == "--") return false;
    if (argument == word || argument == other) return true;
  }
  return false;
}

}  // namespace

Command::Command(std::shared_ptr<CLI::App> app) : app_(std::move(app)) {
  app_->allow_extras();  // check_extras() suggests the nearest valid word
  app_->set_help_flag("-h,--help", "Print this help and exit");
}

void Command::footer(const char* text) { app_->footer(text); }
void Command::hint(const std::string& word, const char* text) { hints_[word] = text; }
void Command::hide() { app_->group(""); }
void Command::section(const char* title) { section_ = title; }
void Command::action(std::function<int()> run) { action_ = std::move(run); }

void Command::flag(const std::string& names, bool& value, const char* help) {
  app_->add_flag(names, value, help)->group(section_);
}

void Command::text(const std::string& names, const char* kind, std::string& value,
                   const char* help) {
  app_->add_option(names, value, help)->type_name(kind)->group(section_);
}

void Command::text(const std::string& names, const char* kind, std::optional<std::string>& value,
                   const char* help) {
  app_->add_option(names, value, help)->type_name(kind)->group(section_);
}

void Command::text_or(const std::string& names, const char* kind, std::optional<std::string>& value,
                      const char* otherwise, const char* help) {
  const auto take = [&value, otherwise](const std::string& text) {
    value = text.empty() ? otherwise : text;  // CLI11 passes an empty text where none follows
  };
  app_->add_option_function<std::string>(names, take, help)
      ->type_name(kind)
      ->expected(0, 1)
      ->group(section_);
}

void Command::number(const std::string& names, const char* kind, std::int64_t& value,
                     std::int64_t least, const char* help) {
  const auto in_range = [least](const std::string& text) {
    constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
    return parse_count(text, static_cast<std::uint64_t>(least), kLargest)
               ? ""
               : fmt::format("\"{}\" is not a whole number of at least {}", text, least);
  };
  app_->add_option(names, value, help)
      ->check(CLI::Validator(in_range, ""))
      ->type_name(kind)
      ->group(section_);
}

void Command::list(const std::string& names, const char* kind, std::vector<std::string>& values,
                   const char* help) {
  app_->add_option(names, values, help)
      ->type_name(kind)
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->group(section_);
}

void Command::on_text(const std::string& names, const char* kind, const char* help,
                      std::function<void(const std::string&)> take) {
  if (*kind == '\0') {
    const auto set = [take = std::move(take)] { take("true"); };
    app_->add_flag_callback(names, set, help)->group(section_);
    return;
  }
  app_->add_option_function<std::string>(names, std::move(take), help)
      ->type_name(kind)
      ->group(section_);
}

void Command::positional(const char* name, std::string& value, const char* help) {
  app_->add_option(name, value, help)->type_name("");
}
void Command::positional(const char* name, std::optional<std::string>& value, const char* help) {
  app_->add_option(name, value, help)->type_name("");
}
void Command::positional(const char* name, std::vector<std::string>& values, const char* help) {
  app_->add_option(name, values, help)->type_name("");
}

Program::Program(const char* name, const char* purpose, const std::string& version)
    : Command(std::make_shared<CLI::App>(purpose, name)), version_(version) {
  app_->set_version_flag("-V,--version", version, "Print the version and exit");
  app_->require_subcommand(0, 1);  // the name of a second command is an argument of the first
}

Command& Program::add_command(const char* name, const char* help) {
  app_->add_subcommand(name, help)->footer("");  // it would inherit that of the program
  return commands_.emplace_back(app_->get_subcommand_ptr(name));
}

void Program::add_help_and_version() {
  auto name = std::make_shared<std::string>();
  Command& help = add_command("help", "Print the help of a command");
  help.positional("COMMAND", *name, "A command; without one, the commands are listed");
  help.action([this, name] {
    const auto* command = find(*name);
    if (command == nullptr && !name->empty()) return fail(unknown(*this, *name), kBadInput);
    app_->clear();  // else CLI11 prints the help of this command
    return print(help_of(command));
  });
  Command& version = add_command("version", "Print the version");
  version.action([this] { return print(version_ + "\n"); });
}

Command* Program::chosen() {
  for (auto& command : commands_) {
    if (command.app_->parsed()) return &command;
  }
  return nullptr;
}

const Command* Program::find(const std::string& name) const {
  for (const auto& command : commands_) {
    if (command.app_->get_name() == name) return &command;
  }
  return nullptr;
}

std::string Program::help_of(const Command* command) const {
  return command != nullptr ? command->app_->help(app_->get_name()) : app_->help();
}

Error Program::unknown(const Command& where, const std::string& word) const {
  const bool option = word.starts_with('-');
  const std::string name = option ? option_name(word) : word;
  const auto words = option ? long_names(*where.app_) : visible_commands(*where.app_);
  const char* what = words.empty() ? "argument" : "command";
  if (option) what = "option";
  const auto unknown = [&](std::string_view advice) {
    return Error{fmt::format("unknown {} \"{}\"; {}", what, word, advice)};
  };
  if (const auto hint = where.hints_.find(name); hint != where.hints_.end())
    return unknown(hint->second);
  const std::string_view dashes = option ? "--" : "";
  const auto first = option ? std::min(name.find_first_not_of('-'), name.size()) : 0;
  const auto near = nearest_of(name.substr(first), words);
  if (!near.empty()) return unknown(fmt::format("did you mean \"{}{}\"?", dashes, near));
  const std::string& program = app_->get_name();
  if (&where != this)
    return unknown(fmt::format("see {} {} --help", program, where.app_->get_name()));
  for (const auto& command : commands_) {
    if (!option || command.app_->get_option_no_throw(name) == nullptr) continue;
    return unknown(fmt::format("options follow the command, as in {} {} {}", program,
                               command.app_->get_name(), name));
  }
  return unknown(fmt::format("see {} --help", program));
}

std::optional<int> Program::parse(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  if (contains(arguments, "-h", "--help")) {
    const auto is_command = [this](const char* word) { return find(word) != nullptr; };
    const auto command = std::ranges::find_if(arguments, is_command);
    return print(help_of(command == arguments.end() ? nullptr : find(*command)));
  }
  if (contains(arguments, "-V", "--version")) return print(version_ + "\n");
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fail(in_our_words(error.what()), kBadInput);
  }
  // CLI11 takes "-4" for a number, and so for an argument.
  if (const Command* command = chosen()) {
    for (const char* word : arguments) {
      if (std::string_view(word) == "--") break;
      const bool digit = word[0] == '-' && word[1] >= '0' && word[1] <= '9';
      if (digit && command->hints_.contains(word)) return fail(unknown(*command, word), kBadInput);
    }
  }
  // A word before the command is not a part of it: nothing is done if it is not understood.
  for (const Command* where :
       {static_cast<const Command*>(this), static_cast<const Command*>(chosen())}) {
    if (where == nullptr) continue;
    const auto extras = where->app_->remaining();
    if (!extras.empty()) return fail(unknown(*where, extras.front()), kBadInput);
  }
  return std::nullopt;
}

int Program::run(int argc, char** argv) {
  if (const auto ended = parse(argc, argv)) return *ended;
  if (const auto* command = chosen()) return command->action_();
  std::fputs(app_->help().c_str(), stderr);
  return kBadInput;
}

}  // namespace sockmark::cli
