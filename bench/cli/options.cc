#include "bench/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <limits>
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

std::vector<std::string> long_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
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

}  // namespace

Command::Command(std::shared_ptr<CLI::App> app) : app_(std::move(app)) {
  app_->allow_extras();  // check_extras() suggests the nearest valid word
  app_->set_help_flag("-h,--help", "Print this help and exit");
}

void Command::footer(const char* text) { app_->footer(text); }
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
  app_->add_option(names, values, help)->type_name(kind)->allow_extra_args(false)->group(section_);
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
  app_->set_version_flag("--version", version, "Print the version and exit");
}

Command& Program::add_command(const char* name, const char* help) {
  app_->add_subcommand(name, help)->footer("");  // it would inherit that of the program
  return commands_.emplace_back(app_->get_subcommand_ptr(name));
}

Command* Program::chosen() {
  for (auto& command : commands_) {
    if (command.app_->parsed()) return &command;
  }
  return nullptr;
}

std::optional<int> Program::check_extras(const CLI::App& app) const {
  const auto extras = app.remaining();
  if (extras.empty()) return std::nullopt;
  const std::string& extra = extras.front();
  const bool option = extra.starts_with('-');
  const auto words = option ? long_names(app) : visible_commands(app);
  const std::vector<std::string_view> candidates(words.begin(), words.end());
  const auto near = nearest(extra, candidates);
  const char* what = words.empty() ? "argument" : "command";
  if (option) what = "option";
  if (!near.empty()) {
    return fail(Error{fmt::format("unknown {} \"{}\"; did you mean \"{}\"?", what, extra, near)},
                kBadInput);
  }
  const std::string command = &app == app_.get() ? "" : " " + app.get_name();
  return fail(Error{fmt::format("unknown {} \"{}\"; see {}{} --help", what, extra, app_->get_name(),
                                command)},
              kBadInput);
}

std::optional<int> Program::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto* command = chosen();
    return print(command != nullptr ? command->app_->help(app_->get_name()) : app_->help());
  } catch (const CLI::CallForVersion&) {
    return print(version_ + "\n");
  } catch (const CLI::ParseError& error) {
    return fail(in_our_words(error.what()), kBadInput);
  }
  const auto* command = chosen();
  return check_extras(command != nullptr ? *command->app_ : *app_);
}

int Program::run(int argc, char** argv) {
  if (const auto ended = parse(argc, argv)) return *ended;
  if (const auto* command = chosen()) return command->action_();
  std::fputs(app_->help().c_str(), stderr);
  return kBadInput;
}

}  // namespace sockmark::cli
