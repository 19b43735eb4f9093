// Sends a program through a launcher, to a machine on which sockmark is not installed
// (--worker-program push). The launcher starts sh, which is given one line. The shell looks for a
// directory in which files may be executed, opens a file there, removes its name, and prints a
// marker. Then the program is sent, and the shell executes it from the open file. So no file is
// left, whatever happens to the launcher, the transfer or the program.
//
// Nothing follows the line before the marker, and nothing follows the program before the greeting:
// dash, and sh and head of busybox, read more than they need.
//
// No descriptor and no clock. Threading: one thread at a time.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sockmark {

// The value of --worker-program.
inline constexpr std::string_view kPush = "push";

struct PushedProgram {
  std::string bytes;
  std::string machine;  // that it is for, as uname -m prints it
};

// Whether this is an ELF program for the processor of `own`, also an ELF program, which needs no
// shared library.
[[nodiscard]] bool is_static_program(std::string_view program, std::string_view own);

// This program, whose path is `own_path`, if it is static, else the file sockmark-static in its
// directory. Errors say what to build.
[[nodiscard]] Result<PushedProgram> find_pushed_program(const std::string& own_path);

class ProgramTransfer {
 public:
  // The program must outlive the transfer.
  explicit ProgramTransfer(const PushedProgram& program);

  // What to write next to the shell's standard input; empty: nothing yet.
  [[nodiscard]] std::string_view unsent() const { return unsent_; }
  void sent(std::size_t bytes) { unsent_.remove_prefix(bytes); }
  // What the shell has written to its standard output. Errors: the far side is a terminal, a
  // machine that cannot execute the program, or no shell.
  [[nodiscard]] Result<> received(std::string_view bytes);
  // Whether the shell has asked for the program, and whether all of it has been sent.
  [[nodiscard]] bool asked() const { return asked_; }
  [[nodiscard]] bool done() const { return asked_ && unsent_.empty(); }

  // What there is so far, for an error: "no answer of sh".
  [[nodiscard]] std::string progress() const;
  // The first line of other output before the marker; empty after the marker.
  [[nodiscard]] std::string first_noise() const;

 private:
  const PushedProgram& program_;
  std::string script_;
  std::string_view unsent_;
  std::string output_;  // before the marker
  bool asked_ = false;
};

}  // namespace sockmark
