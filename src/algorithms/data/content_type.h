#pragma once

#include <string_view>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {

// What a channel's content type says of its rows.
struct ContentType {
  DataFormat format;
  Labels labels;
};

// Reads "csv", "text/csv", "libsvm", "text/libsvm", "text/x-libsvm", "parquet", "application/x-parquet",
// "recordio-protobuf", "application/x-recordio-protobuf", with parameters or without; the channel's first format when
// it is empty. CSV has one column of labels unless label_size=0 says that there is none, where labels are optional.
// Throws Error(kClientError) for what the channel does not take, with what it does.
ContentType ParseContentType(std::string_view content_type, const ChannelDeclaration& declared);

// "text/csv": what a user gives for the format.
std::string_view ContentTypeOf(DataFormat format);

}  // namespace sagebrush::algorithms
