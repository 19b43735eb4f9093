#include "measure/sliding_vector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace sockmark {
namespace {

TEST(SlidingVector, HoldsWhatADequeHolds) {
  SlidingVector<int> ours;
  std::deque<int> reference;
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto action = random() % 5;
    const auto place = static_cast<std::ptrdiff_t>(random() % (reference.size() + 1));
    if (action < 2) {
      ours.push_back(i);
      reference.push_back(i);
    } else if (action == 2) {
      ours.insert(ours.begin() + place, i);
      reference.insert(reference.begin() + place, i);
    } else if (action == 3 && !reference.empty()) {
      ours.pop_front();
      reference.pop_front();
    } else if (static_cast<std::size_t>(place) < reference.size()) {
      ours.erase(ours.begin() + place);
      reference.erase(reference.begin() + place);
    }
    ASSERT_EQ(ours.size(), reference.size());
    ASSERT_TRUE(std::equal(ours.begin(), ours.end(), reference.begin()));
  }
}

TEST(SlidingVector, SlidingDoesNotGrowIt) {
  SlidingVector<int> ours;
  EXPECT_EQ(ours.memory_bytes(), 0);
  for (int i = 0; i < 100; ++i) ours.push_back(i);
  for (int i = 0; i < 100'000; ++i) {
    ours.push_back(i);
    ours.pop_front();
  }
  EXPECT_EQ(ours.size(), 100);
  EXPECT_LE(ours.memory_bytes(), 4 * 100 * sizeof(int));
}

}  // namespace
}  // namespace sockmark
