#include "base/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>

#include "base/descriptor.h"

namespace sockmark::report {
namespace {

class AtomicFile : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    char name[] = "/tmp/sockmark-atomic-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    path_ = directory_ + "/report.json";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  static std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] std::ptrdiff_t entries() const {
    return std::distance(std::filesystem::directory_iterator(directory_), {});
  }

  std::string directory_, path_;
};

TEST_F(AtomicFile, WritesANewFileAndReplacesAnOldOne) {
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(write_file_atomically(path_, "old"));
  ASSERT_TRUE(write_file_atomically(path_, large));
  EXPECT_EQ(content(path_), large);
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, KeepsTheOldFile) {
  EXPECT_EQ(*write_file_keeping_old(path_, "first"), "");
  const std::string kept = path_ + '~';
  EXPECT_EQ(*write_file_keeping_old(path_, "second"), kept);
  EXPECT_EQ(content(kept), "first");
  EXPECT_EQ(*write_file_keeping_old(path_, "third"), kept);
  EXPECT_EQ(content(kept), "second");
  EXPECT_EQ(content(path_), "third");
  EXPECT_EQ(entries(), 2);
  ASSERT_TRUE(write_file_atomically(path_, ""));
  EXPECT_EQ(*write_file_keeping_old(path_, "fourth"), "");  // an empty file is not kept
  EXPECT_EQ(content(kept), "second");
}

// A process that was killed after the old file got its second name.
TEST_F(AtomicFile, KeepsAnOldFileThatIsKeptAlready) {
  ASSERT_TRUE(write_file_atomically(path_, "old"));
  const std::string kept = path_ + '~';
  ASSERT_EQ(::link(path_.c_str(), kept.c_str()), 0);
  EXPECT_EQ(*write_file_keeping_old(path_, "new"), kept);
  EXPECT_EQ(content(path_), "new");
  EXPECT_EQ(content(kept), "old");
  EXPECT_EQ(entries(), 2);
}

TEST_F(AtomicFile, ChangesNothingIfTheOldFileCannotBeKept) {
  ASSERT_TRUE(write_file_atomically(path_, "old"));
  ASSERT_TRUE(std::filesystem::create_directory(path_ + '~'));
  const auto written = write_file_keeping_old(path_, "new");
  EXPECT_EQ(written.error().message, "write " + path_ + "~: Is a directory");
  EXPECT_EQ(content(path_), "old");
  EXPECT_EQ(entries(), 2);
}

TEST_F(AtomicFile, ModeFollowsTheUmask) {
  const mode_t before = ::umask(027);
  const Result<> written = write_file_atomically(path_, "x");
  ::umask(before);
  ASSERT_TRUE(written);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST_F(AtomicFile, ReaderOfTheOldFileKeepsIt) {
  ASSERT_TRUE(write_file_atomically(path_, "old"));
  std::ifstream reader(path_);
  ASSERT_TRUE(write_file_atomically(path_, "new"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "old");
}

TEST_F(AtomicFile, FullDiskLeavesTheOldFileAndNothingElse) {
  ASSERT_TRUE(write_file_atomically(path_, "old"));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;  // a file system that takes 1000 bytes more, then says EFBIG
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<> written = write_file_atomically(path_, std::string(5'000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "write " + path_ + ": File too large");
  EXPECT_EQ(content(path_), "old");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, FailedRenameLeavesNothingBehind) {
  // The target turns into a directory that cannot be replaced.
  ASSERT_TRUE(std::filesystem::create_directory(path_));
  EXPECT_EQ(write_file_atomically(path_, "x").error().message,
            "write " + path_ + ": Is a directory");
  EXPECT_EQ(check_writable(path_).error().message, "write " + path_ + ": Is a directory");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, AbsentDirectoryIsFoundBeforeMeasuring) {
  const std::string path = directory_ + "/none/report.json";
  EXPECT_EQ(check_writable(path).error().message, "write " + path + ": No such file or directory");
  EXPECT_EQ(write_file_atomically(path, "x").error().message,
            "write " + path + ": No such file or directory");
  EXPECT_FALSE(check_writable(""));
  EXPECT_FALSE(check_writable(path_ + "/"));
  EXPECT_FALSE(check_writable("/proc/report.json"));  // a directory in which no file can be created
}

TEST_F(AtomicFile, CheckingLeavesNoTrace) {
  EXPECT_TRUE(check_writable(path_));
  EXPECT_EQ(entries(), 0);
  ASSERT_TRUE(write_file_atomically(path_, "old"));
  EXPECT_TRUE(check_writable(path_));
  EXPECT_EQ(content(path_), "old");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFile, NamesLeftByAKilledProcessAreSteppedOver) {
  const std::string left = directory_ + "/.sockmark-" + std::to_string(::getpid()) + "-0.tmp";
  std::ofstream(left) << "left";
  ASSERT_TRUE(write_file_atomically(path_, "x"));
  EXPECT_EQ(content(left), "left");
}

TEST_F(AtomicFile, SymbolicLinkStaysAndItsTargetIsReplaced) {
  const std::string link = directory_ + "/link";
  ASSERT_TRUE(write_file_atomically(path_, "old"));
  std::filesystem::create_symlink("report.json", link);
  ASSERT_TRUE(write_file_atomically(link, "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(content(path_), "new");
}

TEST_F(AtomicFile, LinkToAnOpenFileIsWrittenDirectly) {
  // What "-o /dev/stdout" is when standard output is a file: printed text must not be lost.
  const Descriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  ASSERT_TRUE(write_all(file.get(), "before ", "test"));
  const std::string link = directory_ + "/stdout";
  std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(file.get()), link);
  ASSERT_TRUE(write_file_atomically(link, "report "));
  ASSERT_TRUE(write_all(file.get(), "after", "test"));
  EXPECT_EQ(content(path_), "before report after");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
}

TEST_F(AtomicFile, DeviceAndFifoAreWrittenDirectlyAndTheirErrorsReported) {
  EXPECT_EQ(write_file_atomically("/dev/full", "x").error().message,
            "write /dev/full: No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  EXPECT_TRUE(check_writable("/dev/null"));

  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const Descriptor reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(write_file_atomically(fifo, "through"));
  std::array<char, 16> text{};
  EXPECT_EQ(::read(reader.get(), text.data(), text.size()), 7);
  EXPECT_TRUE(std::filesystem::is_fifo(fifo));
}

TEST_F(AtomicFile, ClosedPipeAndBadDescriptorAreErrors) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_EQ(write_all(ends[1], "x", "standard output").error().message,
            "write standard output: Broken pipe");
  ::close(ends[1]);
  EXPECT_EQ(write_all(-1, "x", "standard output").error().message,
            "write standard output: Bad file descriptor");
  EXPECT_TRUE(write_all(-1, "", "nothing to write"));
}

TEST_F(AtomicFile, NonBlockingPipeThatIsFullIsWaitedFor) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  const Descriptor reader(ends[0]);
  Descriptor writer(ends[1]);
  const std::string text(1'000'000, 'x');  // more than a pipe holds
  auto written = std::async(std::launch::async, [&] {
    const bool whole = static_cast<bool>(write_all(writer.get(), text, "pipe"));
    writer.reset();
    return whole;
  });
  ASSERT_EQ(::fcntl(reader.get(), F_SETFL, 0), 0);  // reading may wait, writing may not
  std::size_t received = 0;
  std::array<char, 4096> part;
  for (ssize_t n = 0; (n = ::read(reader.get(), part.data(), part.size())) > 0;) {
    received += static_cast<std::size_t>(n);
  }
  EXPECT_TRUE(written.get());
  EXPECT_EQ(received, text.size());
}

}  // namespace
}  // namespace sockmark::report
