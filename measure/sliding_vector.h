// A sorted sequence that grows at the back and shrinks at the front, with rare changes in between,
// near the back. Contiguous, and without memory until first used. std::deque takes half a kilobyte
// when empty, std::map a node for each item.
//
// Dropped items stay in memory until they are half of it, then the others move down: amortised
// O(1). Iterators are invalidated by every change. One thread at a time.

#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace sockmark {

template <class T>
class SlidingVector {
 public:
  using iterator = typename std::vector<T>::iterator;

  [[nodiscard]] iterator begin() { return items_.begin() + head_; }
  [[nodiscard]] iterator end() { return items_.end(); }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::size_t size() const { return items_.size() - static_cast<std::size_t>(head_); }
  [[nodiscard]] T& front() { return *begin(); }
  [[nodiscard]] T& back() { return items_.back(); }

  void push_back(T item) { items_.push_back(std::move(item)); }
  // Before `position`. Cost: the items after it move.
  iterator insert(iterator position, T item) { return items_.insert(position, std::move(item)); }
  iterator erase(iterator position) { return items_.erase(position); }

  // Must: not empty.
  void pop_front() {
    DEBUG_ASSERT(!empty());
    ++head_;
    if (static_cast<std::size_t>(head_) >= size()) {
      items_.erase(items_.begin(), begin());
      head_ = 0;
    }
  }

  [[nodiscard]] std::size_t memory_bytes() const { return items_.capacity() * sizeof(T); }

 private:
  std::vector<T> items_;
  std::ptrdiff_t head_ = 0;
};

}  // namespace sockmark
