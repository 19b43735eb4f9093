// A mutex, its lock and a condition variable that clang's thread safety analysis understands.
// Those of libstdc++ are not annotated.
//
//   Mutex mutex_;
//   int value_ GUARDED_BY(mutex_);
//   ...
//   const MutexLock lock(mutex_);
//   ++value_;

#pragma once

#include <condition_variable>
#include <mutex>

#include "base/thread_annotations.h"

namespace sockmark {

class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class ConditionVariable;
  std::mutex mutex_;
};

// Holds a mutex for as long as it lives.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

class ConditionVariable {
 public:
  // Releases the mutex, waits for a notification, and takes the mutex again. May wake up without a
  // notification: wait in a loop that tests the condition. No overload takes a predicate, because
  // the analysis does not see that a lambda runs while the mutex is held.
  void wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  void notify_one() { condition_.notify_one(); }

 private:
  std::condition_variable condition_;
};

}  // namespace sockmark
