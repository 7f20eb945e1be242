#include "algorithms/data/channel_reader.h"

#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "algorithms/data/parquet.h"
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

}  // namespace
}  // namespace sagebrush::algorithms
