#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sagebrush::algorithms {

// One thing that a model says of a row: "score", "closest_cluster".
struct AnswerField {
  std::string name;
  std::size_t width = 1;  // Numbers a row.
  bool list = false;      // Written as a list, one of one number too.
  bool integer = false;   // Written without a fraction.
};

// What is put around answers in text/csv; their fields are separated by commas. As it stands: a line a row of plain
// numbers, each line with an end.
struct CsvLayout {
  std::string_view list_begin;
  std::string_view list_comma = ",";
  std::string_view list_end;
  std::string_view row_comma = "\n";
  std::string_view end = "\n";
};

// What a model says of every row, and how that is written. Row after row a model gives the numbers of its fields, in
// this order. JSON has the fields by name, as do the labels of RecordIO-protobuf's records.
struct AnswerShape {
  std::vector<AnswerField> fields;
  CsvLayout csv;

  std::size_t width() const {  // Numbers a row.
    std::size_t sum = 0;
    for (const AnswerField& field : fields) sum += field.width;
    return sum;
  }
};

}  // namespace sagebrush::algorithms
