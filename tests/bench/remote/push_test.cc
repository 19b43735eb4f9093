#include "bench/remote/push.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <link.h>

#include <cstring>
#include <string>
#include <vector>

#include "bench/protocol/control.h"

namespace sockmark {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);

// An ELF program with segments of these types.
std::string program_of(const std::vector<std::uint32_t>& types, std::uint16_t machine = EM_X86_64) {
  Header header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = machine;
  header.e_entry = 0x401000;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Segment);
  header.e_phnum = static_cast<std::uint16_t>(types.size());
  std::string bytes(sizeof header + types.size() * sizeof(Segment), '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  for (std::size_t i = 0; i < types.size(); ++i) {
    Segment segment{};
    segment.p_type = types[i];
    std::memcpy(bytes.data() + header.e_phoff + i * sizeof segment, &segment, sizeof segment);
  }
  return bytes;
}

TEST(Push, AProgramWithAnInterpreterIsNotStatic) {
  const std::string own = program_of({PT_INTERP, PT_LOAD});
  EXPECT_TRUE(is_static_program(program_of({PT_LOAD, PT_GNU_STACK}), own));
  EXPECT_FALSE(is_static_program(own, own));
  EXPECT_FALSE(is_static_program(program_of({PT_LOAD, PT_INTERP}), own));
}

TEST(Push, AFileThatIsNoProgramOfThisProcessorIsNotStatic) {
  const std::string own = program_of({PT_LOAD});
  EXPECT_FALSE(is_static_program("", own));
  EXPECT_FALSE(is_static_program("#!/bin/sh\n", own));
  EXPECT_FALSE(is_static_program("#!/bin/sh\n" + std::string(1000, ' '), own));
  EXPECT_FALSE(is_static_program(program_of({PT_LOAD}, EM_AARCH64), own));
  for (std::size_t size = 0; size < own.size(); ++size)
    ASSERT_FALSE(is_static_program(own.substr(0, size), own)) << size;
}

class Transfer : public testing::Test {
 protected:
  // All that can be sent.
  std::string send() {
    std::string text(transfer_.unsent());
    transfer_.sent(text.size());
    return text;
  }

  const PushedProgram program_{.bytes = std::string("\x7f"
                                                    "ELF\0\n",
                                                    6),
                               .machine = "x86_64"};
  ProgramTransfer transfer_{program_};
};

TEST_F(Transfer, TheProgramFollowsTheMarker) {
  const std::string script = send();
  EXPECT_EQ(script.find('\n'), script.size() - 1) << "one line";
  EXPECT_NE(script.find("head -c 6 "), std::string::npos);
  EXPECT_EQ(transfer_.progress(), "no answer of sh");
  for (const char byte : std::string("Welcome\nSMKGO x86_64")) {
    ASSERT_TRUE(transfer_.received({&byte, 1}));
    ASSERT_EQ(transfer_.unsent(), "");
    ASSERT_FALSE(transfer_.done());
  }
  EXPECT_EQ(transfer_.first_noise(), "Welcome");
  ASSERT_TRUE(transfer_.received("\n"));
  EXPECT_EQ(transfer_.first_noise(), "");
  EXPECT_EQ(transfer_.unsent(), program_.bytes);
  transfer_.sent(2);
  EXPECT_FALSE(transfer_.done());
  EXPECT_EQ(transfer_.progress(), "sent 2 of 6 bytes of the program");
  EXPECT_EQ(send(), program_.bytes.substr(2));
  EXPECT_TRUE(transfer_.done());
}

// A terminal echoes it.
TEST_F(Transfer, TheScriptHasNoMarker) {
  ASSERT_TRUE(transfer_.received(send()));
  EXPECT_EQ(transfer_.unsent(), "");
}

TEST_F(Transfer, AnotherMachineAndATerminalAreErrors) {
  static_cast<void>(send());
  const auto other = transfer_.received("SMKGO aarch64\r\n");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message,
            "its machine is aarch64, and the program to push is for x86_64: install sockmark there "
            "(--worker-program PATH)");
  EXPECT_EQ(transfer_.unsent(), "");
  ProgramTransfer terminal(program_);
  EXPECT_FALSE(terminal.received("noise SMKGO terminal\r\n"));
}

TEST_F(Transfer, OutputWithoutAMarkerHasALimit) {
  ASSERT_TRUE(transfer_.received("nonsense\n"));
  const auto result = transfer_.received(std::string(kControlNoiseLimit, 'y'));
  ASSERT_FALSE(result);
  EXPECT_EQ(transfer_.first_noise(), "nonsense");
}

}  // namespace
}  // namespace sockmark
