#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/data/dataset.h"
#include "algorithms/formats.h"

namespace sagebrush::serving {

using algorithms::RowFormat;

// What a request cannot be: an HTTP status and the reply's text.
class RequestError : public std::runtime_error {
 public:
  RequestError(int status, const std::string& message) : std::runtime_error(message), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// What a model takes as the body of a request. Immutable.
class RequestTypes {
 public:
  struct Row {
    std::string_view content_type;
    RowFormat format;
  };

  explicit RequestTypes(std::span<const RowFormat> formats);

  // The format of a Content-Type; parameters ("; charset=utf-8") are ignored. Throws RequestError(415) with those that
  // there are, also for an empty one: AWS's container takes it for libsvm, and predicts something from any text.
  RowFormat FormatOf(std::string_view content_type) const;
  // "text/csv or application/json"
  const std::string& text() const { return text_; }

 private:
  std::vector<Row> rows_;  // All names of what is taken.
  std::string text_;
};
std::string_view NameOf(RowFormat format);  // For messages: "csv", "libsvm", "recordio-protobuf", ...

// Reads the rows of a body into `rows`, whose memory is used again. A blank line is no row. Throws RequestError(415),
// as AWS's container, that names the row and column, and what else the body may be.
void ReadRows(RowFormat format, const RequestTypes& types, std::string_view body, algorithms::Features& rows);

// One for each format; what they throw is Error or RequestError. `body` is stripped of blanks and byte order marks
// around it, and its lines end in line feeds, where the format is text.
void ReadCsvRows(std::string_view body, algorithms::Features& rows);
void ReadJsonRows(std::string_view body, algorithms::Features& rows);
void ReadJsonLinesRows(std::string_view body, algorithms::Features& rows);

}  // namespace sagebrush::serving
