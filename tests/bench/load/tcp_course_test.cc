#include "bench/load/tcp_course.h"

#include <gtest/gtest.h>

namespace sockmark {
namespace {

using namespace std::chrono_literals;

constexpr Instant kWindowFrom = Instant{} + 1h;

CaseSpec spec_of(std::uint64_t connections = 1, std::uint64_t threads = 1) {
  CaseSpec spec;
  spec.transport = "tcp";
  spec.connections = connections;
  spec.threads = threads;
  return spec;
}

TcpTotals open(std::uint64_t retransmits) {
  TcpTotals totals;
  totals.add(TcpInfo{.retransmits = retransmits, .rtt = 40us, .rtt_min = 30us});
  return totals;
}

CaseSpec cut_into(CaseSpec spec, Nanoseconds interval) {
  spec.interval = interval;
  return spec;
}

TEST(TcpCourse, LooksAtTheEdgesOfTheSubWindows) {
  TcpCourse course(cut_into(spec_of(), 250ms), kWindowFrom, kWindowFrom + 1s);
  EXPECT_FALSE(course.due(kWindowFrom - 1ns));
  ASSERT_TRUE(course.due(kWindowFrom));
  course.sample(kWindowFrom, open(1));
  EXPECT_FALSE(course.due(kWindowFrom + 249ms));
  for (int part = 1; part <= 4; ++part) {
    const Instant edge = kWindowFrom + part * 250ms;
    ASSERT_TRUE(course.due(edge));
    course.sample(edge + 3ms, open(static_cast<std::uint64_t>(10 * part)));
  }
  EXPECT_FALSE(course.due(kWindowFrom + 10s));
  ASSERT_EQ(course.record().at_edges.size(), 5U);
  EXPECT_EQ(course.looks(), 5U);
  EXPECT_EQ(course.look(3).retransmits, 30U);
  EXPECT_EQ(course.record().at_edges[0].retransmits, 1U);
  EXPECT_EQ(course.record().at_edges[3].retransmits, 30U);
}

TEST(TcpCourse, AThreadThatDidNotRunHasOneLookForSeveralEdges) {
  TcpCourse course(cut_into(spec_of(), 250ms), kWindowFrom, kWindowFrom + 1s);
  course.sample(kWindowFrom, open(0));
  course.sample(kWindowFrom + 600ms, open(5));
  ASSERT_EQ(course.record().at_edges.size(), 3U);
  EXPECT_EQ(course.record().at_edges[1].retransmits, 5U);
  EXPECT_EQ(course.record().at_edges[2].retransmits, 5U);
}

TEST(TcpCourse, AnEndedConnectionKeepsItsCountsAndHasNoRoundTripTime) {
  TcpCourse course(cut_into(spec_of(2), 500ms), kWindowFrom, kWindowFrom + 1s);
  course.sample(kWindowFrom, open(0));
  course.ended({.retransmits = 7, .rtt = 1ms}, 0);
  course.sample(kWindowFrom + 500ms, open(2));
  const TcpTotals& seen = course.record().at_edges[1];
  EXPECT_EQ(seen.retransmits, 9U);
  EXPECT_EQ(seen.connections, 1U);
  EXPECT_EQ(seen.rtt_ns, 40'000);
  course.ended({.retransmits = 3, .rtt_min = 20us}, 1);
  EXPECT_EQ(course.record().at_end.retransmits, 10U);
  EXPECT_EQ(course.record().at_end.connections, 2U);
  EXPECT_EQ(course.record().at_end.rtt_min_ns, Maybe<std::int64_t>(20'000));
}

TEST(TcpCourse, AShortenedWindowEndsAtItsEnd) {
  TcpCourse course(cut_into(spec_of(), 250ms), kWindowFrom, kWindowFrom + 1s);
  course.sample(kWindowFrom, open(0));
  course.sample(kWindowFrom + 250ms, open(1));
  course.shorten(kWindowFrom + 300ms);
  EXPECT_FALSE(course.due(kWindowFrom + 299ms));
  ASSERT_TRUE(course.due(kWindowFrom + 300ms));
  course.sample(kWindowFrom + 301ms, open(2));
  EXPECT_FALSE(course.due(kWindowFrom + 10s));
  EXPECT_EQ(course.record().at_edges.back().retransmits, 2U);
}

TEST(TcpCourse, OfTooManyConnectionsOrOfShortOnesLooksOnlyWhenTheyEnd) {
  EXPECT_TRUE(TcpCourse::samples(spec_of(kSampledConnectionsMax)));
  EXPECT_FALSE(TcpCourse::samples(spec_of(kSampledConnectionsMax + 1)));
  EXPECT_TRUE(TcpCourse::samples(spec_of(4 * kSampledConnectionsMax, 4)));
  CaseSpec spec = spec_of();
  spec.workload = Workload::connect;
  EXPECT_FALSE(TcpCourse::samples(spec));
  TcpCourse course(spec_of(kSampledConnectionsMax + 1), kWindowFrom, kWindowFrom + 1s);
  EXPECT_FALSE(course.due(kWindowFrom + 10s));
  course.shorten(kWindowFrom + 1ms);
  EXPECT_FALSE(course.due(kWindowFrom + 10s));
  course.ended({.retransmits = 3}, std::nullopt);
  EXPECT_EQ(course.record().at_end.retransmits, 3U);
  EXPECT_TRUE(course.record().at_edges.empty());
}

TEST(TcpCourse, KeepsTheRetransmitsOfEachConnectionIfAsked) {
  CaseSpec spec = spec_of(3);
  spec.per_connection = true;
  TcpCourse course(spec, kWindowFrom, kWindowFrom + 1s);
  course.ended({.retransmits = 3}, 2);
  course.ended({.retransmits = 4}, 0);
  course.ended({.retransmits = 5}, std::nullopt);
  EXPECT_EQ(course.retransmits_of(0), 4U);
  EXPECT_EQ(course.retransmits_of(1), 0U);
  EXPECT_EQ(course.retransmits_of(2), 3U);
  EXPECT_EQ(course.record().at_end.retransmits, 12U);
}

TEST(TcpRecord, OfTwoThreadsAddsAsFarAsBothCame) {
  TcpRecord sum{.at_edges = {open(1), open(2), open(3)}, .at_end = open(4)};
  TcpTotals other = open(10);
  other.rtt_min_ns = 7;
  sum.add({.at_edges = {other, other}, .at_end = other});
  ASSERT_EQ(sum.at_edges.size(), 2U);
  EXPECT_EQ(sum.at_edges[1].retransmits, 12U);
  EXPECT_EQ(sum.at_edges[1].connections, 2U);
  EXPECT_EQ(sum.at_end.retransmits, 14U);
  EXPECT_EQ(sum.at_end.rtt_ns, 80'000);
  EXPECT_EQ(sum.at_end.rtt_min_ns, Maybe<std::int64_t>(7));
}

TEST(TcpTotals, TheRateIsOfConnectionsThatTheApplicationDidNotLimit) {
  TcpTotals totals;
  totals.add(TcpInfo{.delivery_rate_bytes_per_s = 100});
  totals.add(TcpInfo{});
  EXPECT_EQ(totals.delivery_rate_bytes_per_s, 100U);
  EXPECT_EQ(totals.rated_connections, 1U);
  EXPECT_EQ(totals.connections, 2U);
}

}  // namespace
}  // namespace sockmark
