#include "bench/cli/line_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/temporary_directory.h"

namespace sockmark::cli {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Descriptor reader, writer;
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader = Descriptor(ends[0]);
    writer = Descriptor(ends[1]);
  }
  std::string read(std::size_t most) const {
    std::string text(most, '\0');
    const auto got = ::read(reader.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
};

const std::string kLine = std::string(999, 'x') + '\n';

TEST(LineOutput, WritesWhatAReaderTakes) {
  const Pipe pipe;
  LineOutput output(pipe.writer.get());
  output.add("one\n");
  output.add("two\n");
  output.flush();
  EXPECT_EQ(pipe.read(100), "one\ntwo\n");
  EXPECT_EQ(output.dropped(), 0U);
}

// The pipe is blocking, as that of a shell is.
TEST(LineOutput, AReaderThatStopsLosesWholeLinesAndHoldsNothingUp) {
  const Pipe pipe;
  LineOutput output(pipe.writer.get());
  constexpr std::uint64_t kLines = 3000;
  for (std::uint64_t i = 0; i < kLines; ++i) {
    output.add(kLine);
    output.flush();
  }
  EXPECT_GT(output.dropped(), 0U);
  EXPECT_LT(output.dropped(), kLines);
  EXPECT_EQ(output.failure(), "");
  const std::uint64_t dropped = output.dropped();
  std::string text;
  std::jthread reader([&] {
    for (std::string some = pipe.read(1 << 16); !some.empty(); some = pipe.read(1 << 16)) {
      text += some;
      if (text.size() >= (kLines - dropped) * kLine.size()) break;
    }
  });
  output.finish(10s);
  reader.join();
  EXPECT_EQ(output.dropped(), dropped) << "what was kept arrives";
  ASSERT_EQ(text.size(), (kLines - dropped) * kLine.size());
  for (std::size_t at = 0; at < text.size(); at += kLine.size())
    ASSERT_EQ(text.compare(at, kLine.size(), kLine), 0) << "a line was cut";
}

TEST(LineOutput, AReaderThatTakesNothingIsGivenUpAtTheEnd) {
  const Pipe pipe;
  LineOutput output(pipe.writer.get());
  for (int i = 0; i < 200; ++i) output.add(kLine);
  output.finish(1ms);
  EXPECT_GT(output.dropped(), 0U);
  EXPECT_LT(output.dropped(), 200U) << "a pipe holds some";
}

TEST(LineOutput, AReaderThatGoesAwayIsNoSignal) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  LineOutput output(pipe.writer.get());
  output.add("one\n");
  output.flush();
  pipe.reader.reset();
  output.add("two\n");
  output.flush();
  output.add("three\n");
  output.flush();
  EXPECT_EQ(output.dropped(), 2U);
  EXPECT_EQ(output.failure(), "Broken pipe");
}

TEST(LineOutput, EmptiesAFileAndNamesOneThatItCannotOpen) {
  const TemporaryDirectory directory;
  const std::string file = directory.path() + "/lines";
  std::ofstream(file) << "old text that is longer";
  {
    auto output = LineOutput::open(file);
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_GT(std::filesystem::file_size(file), 4U) << "it may be that nothing is written";
    output->empty_file();
    output->add("new\n");
    output->flush();
  }
  std::ifstream written(file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(written), {}), "new\n");
  const auto missing = LineOutput::open(directory.path() + "/missing/lines");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            directory.path() + "/missing/lines: No such file or directory");
}

}  // namespace
}  // namespace sockmark::cli
