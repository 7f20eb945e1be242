#pragma once

#include <array>

#include "base/error.h"

// Errors of SelectObjectContent, by the names of AWS's table "List of SELECT Object Content Error Codes"
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
namespace sagebrush::select {

inline constexpr ErrorKind kAmbiguousFieldName{"AmbiguousFieldName", 400, Fault::kClient};
inline constexpr ErrorKind kBusy{"Busy", 503, Fault::kServer};
inline constexpr ErrorKind kCastFailed{"CastFailed", 400, Fault::kClient};
inline constexpr ErrorKind kCSVParsingError{"CSVParsingError", 400, Fault::kClient};
inline constexpr ErrorKind kEvaluatorBindingDoesNotExist{"EvaluatorBindingDoesNotExist", 400, Fault::kClient};
inline constexpr ErrorKind kEvaluatorInvalidArguments{"EvaluatorInvalidArguments", 400, Fault::kClient};
inline constexpr ErrorKind kEvaluatorInvalidTimestampFormatPattern{"EvaluatorInvalidTimestampFormatPattern", 400,
                                                                   Fault::kClient};
inline constexpr ErrorKind kExpressionTooLong{"ExpressionTooLong", 400, Fault::kClient};
inline constexpr ErrorKind kIntegerOverflow{"IntegerOverflow", 400, Fault::kClient};
inline constexpr ErrorKind kInternalError{"InternalError", 500, Fault::kServer};
inline constexpr ErrorKind kInvalidCompressionFormat{"InvalidCompressionFormat", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidDataSource{"InvalidDataSource", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidDataType{"InvalidDataType", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidKeyPath{"InvalidKeyPath", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidRequestParameter{"InvalidRequestParameter", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidScanRange{"InvalidScanRange", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidTableAlias{"InvalidTableAlias", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidTextEncoding{"InvalidTextEncoding", 400, Fault::kClient};
inline constexpr ErrorKind kJSONParsingError{"JSONParsingError", 400, Fault::kClient};
inline constexpr ErrorKind kLexerInvalidChar{"LexerInvalidChar", 400, Fault::kClient};
inline constexpr ErrorKind kLexerInvalidIONLiteral{"LexerInvalidIONLiteral", 400, Fault::kClient};
inline constexpr ErrorKind kLexerInvalidLiteral{"LexerInvalidLiteral", 400, Fault::kClient};
inline constexpr ErrorKind kLikeInvalidInputs{"LikeInvalidInputs", 400, Fault::kClient};
inline constexpr ErrorKind kMissingHeaders{"MissingHeaders", 400, Fault::kClient};
inline constexpr ErrorKind kMissingRequiredParameter{"MissingRequiredParameter", 400, Fault::kClient};
inline constexpr ErrorKind kMultipleDataSourcesUnsupported{"MultipleDataSourcesUnsupported", 400, Fault::kClient};
inline constexpr ErrorKind kObjectSerializationConflict{"ObjectSerializationConflict", 400, Fault::kClient};
inline constexpr ErrorKind kOverMaxColumn{"OverMaxColumn", 400, Fault::kClient};
inline constexpr ErrorKind kOverMaxRecordSize{"OverMaxRecordSize", 400, Fault::kClient};
inline constexpr ErrorKind kParquetParsingError{"ParquetParsingError", 400, Fault::kClient};
inline constexpr ErrorKind kParseAsteriskIsNotAloneInSelectList{"ParseAsteriskIsNotAloneInSelectList", 400,
                                                                Fault::kClient};
inline constexpr ErrorKind kParseEmptySelect{"ParseEmptySelect", 400, Fault::kClient};
inline constexpr ErrorKind kParseExpectedDatePart{"ParseExpectedDatePart", 400, Fault::kClient};
inline constexpr ErrorKind kParseExpectedExpression{"ParseExpectedExpression", 400, Fault::kClient};
inline constexpr ErrorKind kParseExpectedIdentForAlias{"ParseExpectedIdentForAlias", 400, Fault::kClient};
inline constexpr ErrorKind kParseExpectedKeyword{"ParseExpectedKeyword", 400, Fault::kClient};
inline constexpr ErrorKind kParseExpectedNumber{"ParseExpectedNumber", 400, Fault::kClient};
inline constexpr ErrorKind kParseExpectedTokenType{"ParseExpectedTokenType", 400, Fault::kClient};
inline constexpr ErrorKind kParseExpectedTypeName{"ParseExpectedTypeName", 400, Fault::kClient};
inline constexpr ErrorKind kParseExpectedWhenClause{"ParseExpectedWhenClause", 400, Fault::kClient};
inline constexpr ErrorKind kParseInvalidPathComponent{"ParseInvalidPathComponent", 400, Fault::kClient};
inline constexpr ErrorKind kParseInvalidTypeParam{"ParseInvalidTypeParam", 400, Fault::kClient};
inline constexpr ErrorKind kParseSelectMissingFrom{"ParseSelectMissingFrom", 400, Fault::kClient};
inline constexpr ErrorKind kParseUnexpectedKeyword{"ParseUnexpectedKeyword", 400, Fault::kClient};
inline constexpr ErrorKind kParseUnexpectedTerm{"ParseUnexpectedTerm", 400, Fault::kClient};
inline constexpr ErrorKind kParseUnexpectedToken{"ParseUnexpectedToken", 400, Fault::kClient};
inline constexpr ErrorKind kParseUnsupportedCallWithStar{"ParseUnsupportedCallWithStar", 400, Fault::kClient};
inline constexpr ErrorKind kParseUnsupportedSelect{"ParseUnsupportedSelect", 400, Fault::kClient};
inline constexpr ErrorKind kParseUnsupportedSyntax{"ParseUnsupportedSyntax", 400, Fault::kClient};
inline constexpr ErrorKind kTruncatedInput{"TruncatedInput", 400, Fault::kClient};
inline constexpr ErrorKind kUnsupportedFunction{"UnsupportedFunction", 400, Fault::kClient};
inline constexpr ErrorKind kUnsupportedParquetType{"UnsupportedParquetType", 400, Fault::kClient};
inline constexpr ErrorKind kUnsupportedScanRangeInput{"UnsupportedScanRangeInput", 400, Fault::kClient};
inline constexpr ErrorKind kUnsupportedSqlOperation{"UnsupportedSqlOperation", 400, Fault::kClient};
inline constexpr ErrorKind kUnsupportedSqlStructure{"UnsupportedSqlStructure", 400, Fault::kClient};

// There is no engine here.
inline constexpr ErrorKind kNoEngine{"NotImplemented", 501, Fault::kServer};

inline constexpr std::array kSelectErrors{kAmbiguousFieldName,
                                          kBusy,
                                          kCastFailed,
                                          kCSVParsingError,
                                          kEvaluatorBindingDoesNotExist,
                                          kEvaluatorInvalidArguments,
                                          kEvaluatorInvalidTimestampFormatPattern,
                                          kExpressionTooLong,
                                          kIntegerOverflow,
                                          kInternalError,
                                          kInvalidCompressionFormat,
                                          kInvalidDataSource,
                                          kInvalidDataType,
                                          kInvalidKeyPath,
                                          kInvalidRequestParameter,
                                          kInvalidScanRange,
                                          kInvalidTableAlias,
                                          kInvalidTextEncoding,
                                          kJSONParsingError,
                                          kLexerInvalidChar,
                                          kLexerInvalidIONLiteral,
                                          kLexerInvalidLiteral,
                                          kLikeInvalidInputs,
                                          kMissingHeaders,
                                          kMissingRequiredParameter,
                                          kMultipleDataSourcesUnsupported,
                                          kObjectSerializationConflict,
                                          kOverMaxColumn,
                                          kOverMaxRecordSize,
                                          kParquetParsingError,
                                          kParseAsteriskIsNotAloneInSelectList,
                                          kParseEmptySelect,
                                          kParseExpectedDatePart,
                                          kParseExpectedExpression,
                                          kParseExpectedIdentForAlias,
                                          kParseExpectedKeyword,
                                          kParseExpectedNumber,
                                          kParseExpectedTokenType,
                                          kParseExpectedTypeName,
                                          kParseExpectedWhenClause,
                                          kParseInvalidPathComponent,
                                          kParseInvalidTypeParam,
                                          kParseSelectMissingFrom,
                                          kParseUnexpectedKeyword,
                                          kParseUnexpectedTerm,
                                          kParseUnexpectedToken,
                                          kParseUnsupportedCallWithStar,
                                          kParseUnsupportedSelect,
                                          kParseUnsupportedSyntax,
                                          kTruncatedInput,
                                          kUnsupportedFunction,
                                          kUnsupportedParquetType,
                                          kUnsupportedScanRangeInput,
                                          kUnsupportedSqlOperation,
                                          kUnsupportedSqlStructure};

inline const ErrorKind* FindSelectError(std::string_view code) {
  for (const ErrorKind& kind : kSelectErrors) {
    if (kind.code == code) return &kind;
  }
  return nullptr;
}

}  // namespace sagebrush::select
