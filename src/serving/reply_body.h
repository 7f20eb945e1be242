#pragma once

#include <span>
#include <string>
#include <string_view>

#include "algorithms/answers.h"

namespace sagebrush::serving {

enum class ReplyFormat { kCsv, kJson, kJsonLines, kRecordIo };

// The format of an Accept header. Empty or */*: `fallback`. Throws RequestError(406).
ReplyFormat FormatOfAccept(std::string_view accept, std::string_view fallback);
std::string_view ContentTypeOf(ReplyFormat format);

// Appends the answers to some rows: `numbers` are shape.width() a row, row after row.
void AppendAnswers(ReplyFormat format, const algorithms::AnswerShape& shape, std::span<const double> numbers,
                   std::string& out);

}  // namespace sagebrush::serving
