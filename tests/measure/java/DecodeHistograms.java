// Reads what encode_histograms writes with the reference implementation, org.HdrHistogram: its
// figures must be ours.

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Scanner;
import org.HdrHistogram.Histogram;

class DecodeHistograms {
  static int read = 0;
  static int wrong = 0;

  public static void main(String[] args) throws Exception {
    try (Scanner lines = new Scanner(System.in)) {
      while (lines.hasNextLine()) check(lines.nextLine().split(" "));
    }
    System.out.println(read + " histograms decoded, " + wrong + " figures wrong");
    if (read == 0 || wrong > 0) System.exit(1);
  }

  static void check(String[] fields) throws Exception {
    ByteBuffer ours = ByteBuffer.wrap(Base64.getDecoder().decode(fields[0]));
    Histogram histogram = Histogram.decodeFromCompressedByteBuffer(ours, 0);
    ++read;
    expect("count", Long.parseLong(fields[1]), histogram.getTotalCount());
    expect("min", Long.parseLong(fields[2]), histogram.getMinValue());
    expect("max", Long.parseLong(fields[3]), histogram.getMaxValue());
    for (int i = 4; i < fields.length; ++i) {
      String[] pair = fields[i].split(":");
      double percentile = Long.parseLong(pair[0]) / 10_000.0;
      // A percentile is the highest value of its counter here, and ours is at most the exact maximum.
      expect("p" + percentile, histogram.highestEquivalentValue(Long.parseLong(pair[1])),
          histogram.getValueAtPercentile(percentile));
    }
  }

  static void expect(String what, long ours, long theirs) {
    if (ours == theirs) return;
    ++wrong;
    System.out.println("histogram " + read + ": " + what + " is " + theirs + ", we say " + ours);
  }
}
