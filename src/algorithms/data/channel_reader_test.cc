#include "algorithms/data/channel_reader.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <thread>

#include "algorithms/data/parquet.h"
#include "algorithms/sample_job.h"
#include "base/encoding.h"

namespace sagebrush::algorithms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void Write(const Path& file, std::string_view bytes) {
  std::filesystem::create_directories(file.parent_path());
  WriteFileDurably(file, bytes);
}

std::string Decode(std::string_view base64) {
  std::string bytes;
  EXPECT_TRUE(FromBase64(base64, bytes));
  return bytes;
}

// pyarrow.table({'y': [0, 1] int64, 'a': [1.5, None] double, 'b': [True, False]})
constexpr std::string_view kNumbers =
    "UEFSMRUAFSwVLCwVBBUAFQYVBhwAAAACAAAABAEAAAAAAAAAAAEAAAAAAAAAFQAVHBUcLBUEFQAVBhUGHAAAAAIAAAADAQAAAAAAAPg/"
    "FQAVDhUOLBUE"
    "FQAVBhUGHAAAAAIAAAAEAQEVBBlMNQAYBnNjaGVtYRUGABUEJQIYAXkAFQolAhgBYQAVACUCGAFiABYEGRwZPCYAHBUEGSUGABkYAXkVABYEFlIWUi"
    "YI"
    "SRwVABUAFQIAPCkGGSYABAAAACYAHBUKGSUGABkYAWEVABYEFkIWQiZaSRwVABUAFQIAPCkGGSYCAgAAACYAHBUAGSUGABkYAWIVABYEFjQWNCacAU"
    "kc"
    "FQAVABUCADwpBhkmAAQAAAAWyAEWBCYIFsgBACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZPBwAABwAABwAAADnAAAAUEFSMQ==";
// pyarrow.table({'y': [0] int64, 'name': ['x']})
constexpr std::string_view kText =
    "UEFSMRUAFRwVHCwVAhUAFQYVBhwAAAACAAAAAgEAAAAAAAAAABUAFRYVFiwVAhUAFQYVBhwAAAACAAAAAgEBAAAAeBUEGTw1ABgGc2NoZW1hFQQAFQ"
    "Ql"
    "AhgBeQAVDCUCGARuYW1lJQBMHAAAABYCGRwZLCYAHBUEGSUGABkYAXkVABYCFkIWQiYISRwVABUAFQIAPCkGGSYAAgAAACYAHBUMGSUGABkYBG5hbW"
    "UV"
    "ABYCFjwWPCZKSRwVABUAFQIAPBYCGQYZJgACAAAAFn4WAiYIFn4AKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRksHAAAHAAAAL0AAA"
    "BQ"
    "QVIx";

TEST(ChannelReader, ReadsFilesAtAnyDepthInTheOrderOfTheirPathsWithoutHiddenOnes) {
  const TemporaryDirectory directory;
  Write(directory.path() / "b.csv", "2,0\n");
  Write(directory.path() / "a/c.csv", "1,0\n");
  Write(directory.path() / ".hidden.csv", "9,9,9\n");
  Write(directory.path() / "_SUCCESS", "");
  Write(directory.path() / "_temporary/0/x.csv", "not data");
  const Dataset data =
      ReadChannel({.name = "train", .directory = directory.path(), .format = DataFormat::kCsv}, {.threads = 2});
  EXPECT_THAT(data.labels, ElementsAre(1, 2));
}

TEST(ChannelReader, FindsNoRowsInAnEmptyOrMissingDirectory) {
  const TemporaryDirectory directory;
  EXPECT_EQ(ReadChannel({.name = "train", .directory = directory.path(), .format = DataFormat::kCsv}).features.rows,
            0u);
  EXPECT_EQ(
      ReadChannel({.name = "train", .directory = directory.path() / "no", .format = DataFormat::kLibsvm}).features.rows,
      0u);
}

TEST(ChannelReader, NamesTheFileOfAMistake) {
  const TemporaryDirectory directory;
  Write(directory.path() / "sub/bad.csv", "1,x\n");
  try {
    ReadChannel({.name = "validation", .directory = directory.path(), .format = DataFormat::kCsv});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("validation/sub/bad.csv, line 1, column 2"));
  }
}

// github.com/aws/amazon-sagemaker-examples, issues 161 and 668: CSV, and no word that LIBSVM is the default.
TEST(ChannelReader, SaysWhatNoContentTypeMeans) {
  const TemporaryDirectory directory;
  Write(directory.path() / "a.csv", "1,2\n");
  for (const char* type : {"", "libsvm"}) {
    try {
      ReadChannel(
          {.name = "train", .directory = directory.path(), .content_type = type, .format = DataFormat::kLibsvm});
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("train/a.csv, line 1"));
      EXPECT_EQ(std::string_view(error.what()).find("give text/csv") != std::string_view::npos, *type == '\0');
    }
  }
}

// A channel read a few bytes at a time, put together again.
Dataset ReadInBatches(const Channel& channel, std::size_t batch_bytes, std::size_t& batches) {
  ChannelReader reader(channel, {.batch_bytes = batch_bytes});
  Dataset all, rows;
  for (batches = 0; reader.Next(rows); ++batches) {
    Features& to = all.features;
    const Features& from = rows.features;
    const std::uint64_t base = to.values.size();
    to.values.insert(to.values.end(), from.values.begin(), from.values.end());
    to.indices.insert(to.indices.end(), from.indices.begin(), from.indices.end());
    for (std::size_t i = to.offsets.empty() ? 0 : 1; i < from.offsets.size(); ++i) {
      to.offsets.push_back(base + from.offsets[i]);
    }
    to.rows += from.rows;
    to.columns = std::max(to.columns, from.columns);
    all.labels.insert(all.labels.end(), rows.labels.begin(), rows.labels.end());
  }
  EXPECT_FALSE(reader.Next(rows));
  EXPECT_EQ(rows.features.rows, 0u);
  return all;
}

TEST(ChannelReader, GivesTheSameRowsInBatchesOfAnySize) {
  const std::vector<SampleRow> first = DrawSampleRows(40, 1), second = DrawSampleRows(23, 2);
  for (const DataFormat format : {DataFormat::kCsv, DataFormat::kLibsvm, DataFormat::kRecordIo}) {
    const TemporaryDirectory directory;
    Write(directory.path() / "a", WriteSampleRows(first, format));
    Write(directory.path() / "b", "");
    Write(directory.path() / "c", WriteSampleRows(second, format));
    const Channel channel{.name = "train", .directory = directory.path(), .format = format};
    const Dataset whole = ReadChannel(channel);
    ASSERT_EQ(whole.features.rows, 63u);
    for (const std::size_t bytes : {1, 50, 200, 1000, 100'000}) {
      std::size_t batches = 0;
      const Dataset pieces = ReadInBatches(channel, bytes, batches);
      EXPECT_EQ(pieces.features.values, whole.features.values) << bytes;
      EXPECT_EQ(pieces.features.indices, whole.features.indices) << bytes;
      EXPECT_EQ(pieces.features.offsets, whole.features.offsets) << bytes;
      EXPECT_EQ(pieces.features.columns, 3u) << bytes;
      EXPECT_EQ(pieces.labels, whole.labels) << bytes;
      EXPECT_EQ(batches, bytes == 1 ? 63u : bytes == 100'000 ? 1u : batches);
    }
  }
}

TEST(ChannelReader, BeginsAgain) {
  const TemporaryDirectory directory;
  Write(directory.path() / "a.csv", "1,2\n3,4\n");
  ChannelReader reader({.name = "train", .directory = directory.path()}, {.batch_bytes = 4});
  Dataset rows;
  for (int epoch = 0; epoch < 2; ++epoch) {
    ASSERT_TRUE(reader.Next(rows));
    EXPECT_THAT(rows.labels, ElementsAre(1));
    ASSERT_TRUE(reader.Next(rows));
    EXPECT_THAT(rows.labels, ElementsAre(3));
    reader.Rewind();
  }
}

// The place of a mistake is that in the file, whatever was read before it.
TEST(ChannelReader, NamesThePlaceOfAMistakeBehindOtherBatches) {
  const TemporaryDirectory directory;
  const auto refusal = [&](DataFormat format) -> std::string {
    try {
      std::size_t batches = 0;
      ReadInBatches({.name = "train", .directory = directory.path(), .format = format}, 1, batches);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  Write(directory.path() / "a", "1,2\n\n3,4\n5,x\n");
  EXPECT_THAT(refusal(DataFormat::kCsv), HasSubstr("train/a, line 4, column 2: 'x' is not a number. Encode text"));
  Write(directory.path() / "a", "1,2\n3,4\n5,6,7\n");
  EXPECT_THAT(refusal(DataFormat::kCsv), HasSubstr("line 3 has 3 columns where the first line of the channel has 2"));
  Write(directory.path() / "a", "1 0:2\n1 0:x\n");
  EXPECT_THAT(refusal(DataFormat::kLibsvm), HasSubstr("train/a, line 2: '0:x' is not index:value"));
  const float features[] = {2, 3, 4};
  const std::string good = SampleRecord(1, features);
  Write(directory.path() / "a", good + good + std::string("\x0a\x23\xd7\xce\x03\0\0\0abc\0", 12));
  EXPECT_THAT(refusal(DataFormat::kRecordIo), HasSubstr("train/a, record 3: "));
  Write(directory.path() / "a", good + "what is this");
  EXPECT_THAT(refusal(DataFormat::kRecordIo),
              HasSubstr(fmt::format("train/a, byte {}: there is no record", good.size())));
}

// Rows of other widths in another batch are as wrong as in the same one.
TEST(ChannelReader, WantsTheSameColumnsInAllBatches) {
  const TemporaryDirectory directory;
  const float features[] = {2, 3, 4};
  Write(directory.path() / "a", SampleRecord(1, features));
  Write(directory.path() / "b", SampleRecord(1, {features, 2}));
  ChannelReader reader({.name = "train", .directory = directory.path(), .format = DataFormat::kRecordIo},
                       {.batch_bytes = 1});
  Dataset rows;
  ASSERT_TRUE(reader.Next(rows));
  EXPECT_THROW(reader.Next(rows), Error);
}

TEST(Parquet, GivesItsRowsInBatchesOfAnySize) {
  const TemporaryDirectory directory;
  Write(directory.path() / "a.parquet", Decode(kNumbers));
  Write(directory.path() / "b.parquet", Decode(kNumbers));
  const Channel channel{.name = "train", .directory = directory.path(), .format = DataFormat::kParquet};
  for (const std::size_t bytes : {1, 36, 1000}) {
    std::size_t batches = 0;
    const Dataset data = ReadInBatches(channel, bytes, batches);
    EXPECT_EQ(batches, bytes == 1 ? 4u : bytes == 36 ? 2u : 1u);
    EXPECT_THAT(data.labels, ElementsAre(0, 1, 0, 1));
    EXPECT_EQ(data.features.values[1], 1);
    EXPECT_EQ(data.features.values[4], 1.5f);
  }
}

TEST(Parquet, ReadsNumbersBooleansAndNulls) {
  const TemporaryDirectory directory;
  Write(directory.path() / "a.parquet", Decode(kNumbers));
  Write(directory.path() / "b.parquet", Decode(kNumbers));
  const Dataset data = ReadChannel({.name = "train", .directory = directory.path(), .format = DataFormat::kParquet});
  EXPECT_EQ(data.features.rows, 4u);
  EXPECT_EQ(data.features.columns, 2u);
  EXPECT_THAT(data.labels, ElementsAre(0, 1, 0, 1));
  EXPECT_EQ(data.features.values[0], 1.5f);
  EXPECT_EQ(data.features.values[1], 1);
  EXPECT_TRUE(std::isnan(data.features.values[2]));
  EXPECT_EQ(data.features.values[4], 1.5f);
}

TEST(Parquet, NamesFileAndColumnOfText) {
  const TemporaryDirectory directory;
  Write(directory.path() / "a.parquet", Decode(kText));
  const Path files[] = {directory.path() / "a.parquet"};
  try {
    ReadParquet(files, true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("a.parquet: column 'name' has the type string"));
  }
}

// pyarrow.table({'y': [0, 1], 'a': [1, 2], 'b': [3, 4]} of double)
constexpr std::string_view kThree =
    "UEFSMRUAFSwVLCwVBBUAFQYVBhwAAAACAAAABAEAAAAAAAAAAAAAAAAAAPA/FQAVLBUsLBUEFQAVBhUGHAAAAAIAAAAEAQAAAAAAAPA/AAAAAAAA"
    "AEAVABUsFSwsFQQVABUGFQYcAAAAAgAAAAQBAAAAAAAACEAAAAAAAAAQQBUEGUw1ABgGc2NoZW1hFQYAFQolAhgBeQAVCiUCGAFhABUKJQIYAWIA"
    "FgQZHBk8JgAcFQoZJQYAGRgBeRUAFgQWUhZSJghJHBUAFQAVAgA8KQYZJgAEAAAAJgAcFQoZJQYAGRgBYRUAFgQWUhZSJlpJHBUAFQAVAgA8KQYZ"
    "JgAEAAAAJgAcFQoZJQYAGRgBYhUAFgQWUhZSJqwBSRwVABUAFQIAPCkGGSYABAAAABb2ARYEJggW9gEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJz"
    "aW9uIDI2LjAuMRk8HAAAHAAAHAAAAOcAAABQQVIx";

// A file with other names for its columns.
std::string Renamed(std::string bytes, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = bytes.find(from, at)) != std::string::npos; at += from.size()) {
    bytes.replace(at, from.size(), to);
  }
  return bytes;
}

TEST(Parquet, MatchesColumnsByName) {
  const TemporaryDirectory directory;
  const std::string three = Decode(kThree);
  // A name stands behind its length, 1, in the schema and in the metadata of its column.
  const std::string other = Renamed(Renamed(Renamed(three, "\x18\x01y", "\x18\x01?"),
                                            "\x18\x01"
                                            "b",
                                            "\x18\x01y"),
                                    "\x18\x01?",
                                    "\x18\x01"
                                    "b");
  Write(directory.path() / "a.parquet", three);
  Write(directory.path() / "b.parquet", other);
  const Path files[] = {directory.path() / "a.parquet", directory.path() / "b.parquet"};
  const Dataset data = ReadParquet(files, true);
  EXPECT_THAT(data.names, ElementsAre("y", "a", "b"));
  EXPECT_THAT(data.labels, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(data.features.values, ElementsAre(1, 3, 2, 4, 1, 0, 2, 1));
  const std::string names[] = {"b", "y", "a"};
  EXPECT_THAT(ReadParquet({files, 1}, true, names).labels, ElementsAre(3, 4));
  Write(directory.path() / "c.parquet", Renamed(three,
                                                "\x18\x01"
                                                "b",
                                                "\x18\x01"
                                                "c"));
  const Path unlike[] = {files[0], directory.path() / "c.parquet"};
  try {
    ReadParquet(unlike, true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("c.parquet: has a column 'c', which the first file has not"));
  }
}

// tests/fuzz: 736 bytes whose first group of rows says to have 37,960,480,380 once made 21 GB and took 76 s.
TEST(Parquet, TakesNoMoreMemoryThanItsBytesAllow) {
  Path corpus = std::filesystem::current_path();
  while (!std::filesystem::exists(corpus / "tests/fuzz/corpus/parquet_fuzz")) corpus = corpus.parent_path();
  const TemporaryDirectory directory;
  const Path files[] = {directory.path() / "a.parquet"};
  for (const auto& entry : std::filesystem::directory_iterator(corpus / "tests/fuzz/corpus/parquet_fuzz")) {
    std::filesystem::remove(files[0]);
    Write(files[0], ReadFile(entry.path()).substr(1));  // The first byte chooses a label or none.
    struct rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    try {
      EXPECT_LE(ReadParquet(files, true).features.values.size(), 10u) << entry.path();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kClientError.code) << entry.path();
    }
    ::getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 300 * 1024) << entry.path();
  }
}

// A count of rows that is a lie once let values be written behind the memory for them.
TEST(Parquet, RefusesFilesWithOtherRowsThanTheySay) {
  const std::string_view two_rows("\x00\x16\x04\x19\x1c", 5);  // Field 3 of FileMetaData, a zigzag varint.
  const TemporaryDirectory directory;
  const Path files[] = {directory.path() / "a.parquet"};
  for (const std::string_view rows :
       {std::string_view("\x00", 1), std::string_view("\x02"), std::string_view("\x03"), std::string_view("\x06"),
        std::string_view("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01")}) {
    std::string bytes = Decode(kNumbers);
    const std::size_t place = bytes.find(two_rows);
    ASSERT_NE(place, std::string::npos);
    // The length of the metadata stands before the last four bytes.
    bytes[bytes.size() - 8] = static_cast<char>(bytes[bytes.size() - 8] + static_cast<char>(rows.size()) - 1);
    bytes.replace(place + 2, 1, rows);
    std::filesystem::remove(files[0]);
    Write(files[0], bytes);
    try {
      ReadParquet(files, true);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kClientError.code) << error.what();
    }
  }
}

TEST(Parquet, RefusesWhatIsNoParquetAndOtherWidths) {
  const TemporaryDirectory directory;
  Write(directory.path() / "a.parquet", Decode(kNumbers));
  Write(directory.path() / "b.parquet", "1,2,3\n");
  Write(directory.path() / "c.parquet", Decode(kText));
  const std::vector<Path> broken{directory.path() / "b.parquet"};
  const std::vector<Path> uneven{directory.path() / "a.parquet", directory.path() / "c.parquet"};
  for (const std::vector<Path>& files : {broken, uneven}) {
    try {
      ReadParquet(files, true);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kClientError.code) << error.what();
    }
  }
}

// What SageMaker's Pipe mode gives: the objects of a channel joined, an epoch a pipe.
class PipedChannel : public testing::Test {
 protected:
  // Writes each of `epochs` as whoever reads wants it.
  void Feed(std::vector<std::string> epochs, DataFormat format) {
    channel_.format = format;
    for (std::size_t i = 0; i < epochs.size(); ++i) ASSERT_EQ(::mkfifo(PipeOf(i).c_str(), 0600), 0);
    feeder_ = std::jthread([this, epochs = std::move(epochs)] {
      ::signal(SIGPIPE, SIG_IGN);
      for (std::size_t i = 0; i < epochs.size(); ++i) {
        const FileDescriptor pipe = OpenFile(PipeOf(i), O_WRONLY);
        std::string_view rest = epochs[i];
        for (ssize_t n = 0; !rest.empty() && (n = ::write(pipe.get(), rest.data(), rest.size())) > 0;) {
          rest.remove_prefix(static_cast<std::size_t>(n));
        }
      }
    });
  }
  Path PipeOf(std::size_t epoch) const { return channel_.directory.string() + "_" + std::to_string(epoch); }

  static std::size_t RowsOf(ChannelReader& reader) {
    std::size_t rows = 0;
    for (Dataset data; reader.Next(data);) rows += data.features.rows;
    return rows;
  }

  TemporaryDirectory directory_;
  Channel channel_{.name = "train",
                   .directory = directory_.path() / "train",
                   .pipes = std::make_shared<ChannelPipes>(directory_.path() / "train")};
  std::jthread feeder_;
};

TEST_F(PipedChannel, IsReadInWholeRowsWhateverTheirLengthAndAnewForEachPass) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "1," + std::to_string(i) + (i == 77 ? "." + std::string(3000, '0') : "") + "\n";
  text += "0,7";  // The last row needs no end.
  Feed({text, text}, DataFormat::kCsv);
  ChannelReader reader(channel_, {.batch_bytes = 100});
  EXPECT_EQ(RowsOf(reader), 501u);
  Dataset rows;
  EXPECT_FALSE(reader.Next(rows));
  reader.Rewind();
  EXPECT_EQ(RowsOf(reader), 501u);
}

TEST_F(PipedChannel, IsReadAtOnceByWhoHoldsItAll) {
  Feed({"1,2\n0,3\n"}, DataFormat::kCsv);
  EXPECT_THAT(ReadChannel(channel_).labels, ElementsAre(1, 0));
}

TEST_F(PipedChannel, GoesToTheNextEpochForEachReaderThatReadsSomeOfIt) {
  const std::string large = "1,2\n" + std::string(1 << 20, '\n');
  Feed({large, "0,5\n"}, DataFormat::kCsv);
  Dataset rows;
  EXPECT_TRUE(ChannelReader(channel_, {.batch_bytes = 4}).Next(rows));
  EXPECT_THAT(rows.labels, ElementsAre(1));
  EXPECT_THAT(ReadChannel(channel_).labels, ElementsAre(0));
}

TEST_F(PipedChannel, IsReadInWholeRecords) {
  std::string records;
  for (const SampleRow& row : DrawSampleRows(300, 1)) records += SampleRecord(row.label, row.features);
  Feed({records, records.substr(0, records.size() - 8)}, DataFormat::kRecordIo);
  ChannelReader reader(channel_, {.batch_bytes = 70});
  EXPECT_EQ(RowsOf(reader), 300u);
  reader.Rewind();
  try {
    RowsOf(reader);
    FAIL() << "The last record is cut off.";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("train_1"));
  }
}

TEST_F(PipedChannel, WithoutDataHasNoRows) {
  Feed({""}, DataFormat::kCsv);
  EXPECT_EQ(ReadChannel(channel_).features.rows, 0u);
}

}  // namespace
}  // namespace sagebrush::algorithms
