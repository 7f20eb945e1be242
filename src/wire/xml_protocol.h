#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "wire/model.h"

namespace sagebrush::wire {

// XML <-> documents by service model: bodies of REST-XML, replies of the query protocol.

inline constexpr ErrorKind kMalformedXml{"MalformedXML", 400, Fault::kClient};

// The root element of `body` as the document of structure `shape`. Elements that the model lacks are dropped.
// Throws Error(kMalformedXml); a document type declaration, or nesting deeper than 64, is malformed.
Json ReadXmlBody(const Shape& shape, std::string_view body);

// Text with XML's special and forbidden characters as references, as S3 writes them.
void AppendXmlText(std::string_view text, std::string& out);
// <name>text</name>
void AppendXmlElement(std::string_view name, std::string_view text, std::string& out);

struct XmlStyle {
  bool whole_seconds = false;     // Timestamps without fractions (query), or always with milliseconds (S3).
  bool body_members_only = true;  // Leaves out what the model binds to headers.
};

// The members of `value` as elements, without an element around them.
void AppendXmlMembers(const Shape& shape, const Json& value, const XmlStyle& style, std::string& out);

}  // namespace sagebrush::wire
