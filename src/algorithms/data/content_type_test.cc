#include "algorithms/data/content_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sagebrush::algorithms {
namespace {

using testing::HasSubstr;

const ChannelDeclaration kAll{
    .name = "train", .formats = {DataFormat::kLibsvm, DataFormat::kCsv, DataFormat::kParquet, DataFormat::kRecordIo}};
const ChannelDeclaration kUnlabelled{
    .name = "train", .formats = {DataFormat::kRecordIo, DataFormat::kCsv}, .labels = Labels::kOptional};

std::string Refusal(std::string_view content_type, const ChannelDeclaration& declared) {
  try {
    ParseContentType(content_type, declared);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kClientError.code);
    return error.what();
  }
  return "";
}

// The names that sagemaker-xgboost-container's data_utils.get_content_type accepts, and its default.
TEST(ContentType, NamesAFormat) {
  for (const char* name : {"csv", "text/csv", "text/csv; label_size=1", "TEXT/CSV;charset=utf8"}) {
    EXPECT_EQ(ParseContentType(name, kAll).format, DataFormat::kCsv) << name;
  }
  for (const char* name : {"", "libsvm", "text/libsvm", "text/x-libsvm", "text/libsvm ;charset=utf8"}) {
    EXPECT_EQ(ParseContentType(name, kAll).format, DataFormat::kLibsvm) << name;
  }
  for (const char* name : {"parquet", "application/x-parquet"}) {
    EXPECT_EQ(ParseContentType(name, kAll).format, DataFormat::kParquet) << name;
  }
  EXPECT_EQ(ParseContentType("application/x-recordio-protobuf", kAll).format, DataFormat::kRecordIo);
  EXPECT_NE(Refusal("application/json", kAll), "");
  EXPECT_THAT(Refusal("text/csv; label_size=2", kAll), HasSubstr("label_size must be equal to 1"));
  EXPECT_THAT(Refusal("text/csv; label_size=0", kAll), HasSubstr("label_size must be equal to 1"));
}

TEST(ContentType, IsOneThatTheChannelTakes) {
  EXPECT_EQ(ParseContentType("", kUnlabelled).format, DataFormat::kRecordIo);
  EXPECT_EQ(Refusal("text/libsvm", kUnlabelled),
            "text/libsvm is not an accepted ContentType: csv, recordio-protobuf, text/csv, "
            "application/x-recordio-protobuf.");
}

// docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html: the target is the first column of CSV, unless label_size=0
// says that there is none.
TEST(ContentType, SaysWhetherCsvHasLabels) {
  EXPECT_EQ(ParseContentType("text/csv", kUnlabelled).labels, Labels::kRequired);
  EXPECT_EQ(ParseContentType("text/csv; label_size=1", kUnlabelled).labels, Labels::kRequired);
  EXPECT_EQ(ParseContentType("text/csv;label_size=0", kUnlabelled).labels, Labels::kNone);
  EXPECT_EQ(ParseContentType("application/x-recordio-protobuf", kUnlabelled).labels, Labels::kOptional);
  EXPECT_THAT(Refusal("text/csv;label_size=3", kUnlabelled), HasSubstr("label_size must be equal to 0 or 1"));
}

}  // namespace
}  // namespace sagebrush::algorithms
