#include "algorithms/data/recordio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename Number>
std::string Bytes(std::initializer_list<Number> numbers) {
  std::string out;
  for (const Number number : numbers) out.append(reinterpret_cast<const char*>(&number), sizeof number);
  return out;
}

std::string Varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

std::string Field(int number, const std::string& bytes) {
  return Varint(static_cast<std::uint64_t>(number) << 3 | 2) + Varint(bytes.size()) + bytes;
}

// A map entry "values" of a Record: tensor is the Value's field number and the tensor's bytes.
std::string Entry(int tensor_field, const std::string& tensor) {
  return Field(1, "values") + Field(2, Field(tensor_field, tensor));
}

std::string Framed(const std::string& content, std::uint32_t part = 0) {
  std::string out =
      Bytes<std::uint32_t>({0xCED7230Au, part << 29 | static_cast<std::uint32_t>(content.size())}) + content;
  out.resize((out.size() + 3) / 4 * 4);
  return out;
}

std::string DenseRecord(float label, std::initializer_list<float> values) {
  return Field(1, Entry(2, Field(1, Bytes<float>(values)))) + Field(2, Entry(2, Field(1, Bytes<float>({label}))));
}

Dataset Read(const std::string& stream, bool label = true) {
  const NamedText texts[] = {{"train/a.pbr", stream}};
  return ReadRecords(texts, label ? Labels::kRequired : Labels::kNone);
}

std::string RefusalOf(const std::string& stream) {
  try {
    Read(stream);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kClientError.code);
    return error.what();
  }
  return "";
}

// The schema is that of the Developer Guide's page "Common data formats for training" (Record, Value, Float32Tensor).
TEST(RecordIo, ReadsDenseRecords) {
  const Dataset data = Read(Framed(DenseRecord(1, {2, 3})) + Framed(DenseRecord(0, {4, 5})));
  EXPECT_EQ(data.features.rows, 2u);
  EXPECT_THAT(data.labels, ElementsAre(1, 0));
  EXPECT_THAT(data.features.values, ElementsAre(2, 3, 4, 5));
}

TEST(RecordIo, ReadsSparseRecords) {
  const std::string tensor =
      Field(1, Bytes<float>({7, 8})) + Field(2, Varint(1) + Varint(300)) + Field(3, Varint(1000));
  const std::string record = Field(1, Entry(2, tensor)) + Field(2, Entry(2, Field(1, Bytes<float>({1}))));
  const Dataset data = Read(Framed(record));
  EXPECT_EQ(data.features.columns, 1000u);
  EXPECT_THAT(data.features.indices, ElementsAre(1, 300));
  EXPECT_THAT(data.features.values, ElementsAre(7, 8));
}

std::string SparseRecord(const std::string& keys, std::initializer_list<float> values) {
  const std::string tensor = Field(1, Bytes<float>(values)) + Field(2, keys);
  return Field(1, Entry(2, tensor)) + Field(2, Entry(2, Field(1, Bytes<float>({1}))));
}

TEST(RecordIo, ReadsKeysInAnyOrder) {
  const Dataset data = Read(Framed(SparseRecord(Varint(5) + Varint(2), {7, 8})));
  EXPECT_THAT(data.features.indices, ElementsAre(2, 5));
  EXPECT_THAT(data.features.values, ElementsAre(8, 7));
}

TEST(RecordIo, RefusesAKeyTwiceAndInfiniteNumbers) {
  EXPECT_THAT(RefusalOf(Framed(SparseRecord(Varint(2) + Varint(2), {7, 8}))),
              HasSubstr("record 1: a key of the sparse tensor is there twice"));
  EXPECT_THAT(RefusalOf(Framed(DenseRecord(1, {1})) + Framed(DenseRecord(0, {INFINITY}))),
              HasSubstr("record 2: a feature is infinite"));
  EXPECT_THAT(RefusalOf(Framed(DenseRecord(INFINITY, {1}))), HasSubstr("no label"));
}

TEST(RecordIo, ReadsDoublesAndIntegersAndUnpackedValues) {
  const std::string doubles =
      Field(1, Entry(3, Field(1, Bytes<double>({0.5})))) + Field(2, Entry(7, Field(1, Varint(3))));
  EXPECT_THAT(Read(Framed(doubles)).features.values, ElementsAre(0.5f));
  EXPECT_THAT(Read(Framed(doubles)).labels, ElementsAre(3));
  const std::string unpacked = Field(1, Entry(2, "\x0d" + Bytes<float>({1.5f}) + "\x0d" + Bytes<float>({2.5f})));
  EXPECT_THAT(Read(Framed(unpacked), false).features.values, ElementsAre(1.5f, 2.5f));
}

TEST(RecordIo, JoinsRecordsThatWereSplitAtAMagicNumber) {
  const std::string record = DenseRecord(1, {2});
  std::string joined;
  const std::string stream = Framed("ab", 1) + Framed("cd", 2) + Framed("e", 3);
  ForEachRecord({"a", stream}, [&](std::string_view r) { joined = r; });
  EXPECT_EQ(joined, "ab" + Bytes<std::uint32_t>({0xCED7230Au}) + "cd" + Bytes<std::uint32_t>({0xCED7230Au}) + "e");
}

TEST(RecordIo, KeepsOptionalLabelsWhereAllRecordsHaveOne) {
  const std::string without = Framed(Field(1, Entry(2, Field(1, Bytes<float>({2})))));
  const std::string with = Framed(DenseRecord(1, {2}));
  const auto labels = [](const std::string& stream) {
    const NamedText texts[] = {{"train/a.pbr", stream}};
    return ReadRecords(texts, Labels::kOptional).labels;
  };
  EXPECT_THAT(labels(with + with), ElementsAre(1, 1));
  EXPECT_THAT(labels(with + without), ElementsAre());
}

TEST(RecordIo, FindsTheEndOfARecord) {
  const std::string one = Framed("abc"), split = Framed("ab", 1) + Framed("cd", 3);
  EXPECT_EQ(EndOfRecord(one + one, 0, 0), one.size());
  EXPECT_EQ(EndOfRecord(one + one, 0, one.size()), 2 * one.size());
  EXPECT_EQ(EndOfRecord(split + one, 0, 0), split.size());
  EXPECT_EQ(EndOfRecord(one.substr(0, 6), 0, 0), 6u);
}

TEST(RecordIo, NamesThePlaceOfWhatIsWrong) {
  EXPECT_THAT(RefusalOf("1,2,3,4,5\n"), HasSubstr("train/a.pbr, byte 0: there is no record here"));
  EXPECT_THAT(RefusalOf(Framed(DenseRecord(1, {2})).substr(0, 20)), HasSubstr("the record is cut off"));
  EXPECT_THAT(RefusalOf(Framed(DenseRecord(1, {2})) + Framed(DenseRecord(1, {2, 3}))),
              HasSubstr("train/a.pbr, record 2: the record has 2 features where the first one has 1"));
  EXPECT_THAT(RefusalOf(Framed(Field(1, Entry(2, Field(1, Bytes<float>({2})))))), HasSubstr("no label"));
  EXPECT_THAT(RefusalOf(Framed("\xff\xff\xff")), HasSubstr("record 1"));
  EXPECT_THAT(RefusalOf(Framed("")), HasSubstr("no features"));
}

}  // namespace
}  // namespace sagebrush::algorithms
