#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sagebrush::wire {

// The AWS service models, as tables that tools/compile_models.py makes from botocore at build time. Everything here is
// constant data: reading it costs nothing at start and is safe from any thread.

enum class Protocol : std::uint8_t { kJson10, kJson11, kRestJson, kRestXml, kQuery, kRpcV2Cbor };
enum class ShapeType : std::uint8_t {
  kStructure,
  kList,
  kMap,
  kString,
  kInteger,
  kLong,
  kFloat,
  kDouble,
  kBoolean,
  kBlob,
  kTimestamp
};
enum class Location : std::uint8_t { kBody, kUri, kQuery, kHeader, kHeaders, kStatus };
enum class TimestampFormat : std::uint8_t { kDefault, kIso8601, kHttpDate, kUnix };

struct Service;
struct Operation;
class Shape;

// Rows of the generated tables. Use Shape and Member to read them.
struct Text {
  std::uint32_t offset;
  std::uint32_t length;
};
struct MemberRow {
  Text name;
  Text wire_name;
  std::uint32_t shape;
  std::uint16_t flags;
  std::uint8_t location;
  std::uint8_t timestamp_format;
  std::uint8_t has_wire_name;
};
struct ShapeRow {
  Text name;
  Text error_code;
  double min;
  double max;
  std::uint32_t first_member;
  std::uint32_t first_enum;
  std::uint32_t pattern;
  std::uint32_t payload;
  std::uint16_t member_count;
  std::uint16_t enum_count;
  std::uint16_t flags;
  std::uint16_t http_status;
  std::uint8_t type;
  std::uint8_t timestamp_format;
};
struct TrieNode {
  std::uint32_t first_edge;
  std::uint32_t first_route;
  std::uint32_t label;   // The child for {Label}; kNoIndex: none.
  std::uint32_t greedy;  // The child for {Label+}.
  std::uint16_t edge_count;
  std::uint16_t route_count;
};
struct TrieEdge {
  Text segment;
  std::uint32_t node;
};
inline constexpr std::uint32_t kNoIndex = 0xFFFFFFFF;

struct Tables {
  const char* strings;
  const ShapeRow* shapes;
  std::uint32_t shape_count;
  const MemberRow* members;
  const std::uint16_t*
      by_name;  // Beside `members`: each structure's members ordered by length and bytes of their names.
  const Text* enums;
  const Text* patterns;
  std::uint32_t pattern_count;
  std::atomic<const void*>* compiled_patterns;  // Owned by wire/pattern.cc.
  const std::uint32_t* errors;
  const TrieNode* nodes;
  const TrieEdge* edges;
  const std::uint16_t* routes;

  std::string_view Get(Text text) const { return {strings + text.offset, text.length}; }
};

// One member of a structure, the element of a list, or key or value of a map. Cheap to copy. False: no such member.
class Member {
 public:
  Member() = default;
  Member(const Service& service, const MemberRow& row) : service_(&service), row_(&row) {}

  explicit operator bool() const { return row_ != nullptr; }
  std::string_view name() const;
  // Its name in header (lower case), query, XML or JSON; `name` when the model gives no other.
  std::string_view wire_name() const;
  bool has_wire_name() const { return row_->has_wire_name != 0; }
  Shape shape() const;
  Location location() const { return static_cast<Location>(row_->location); }
  TimestampFormat timestamp_format() const;  // Of the member, else of its shape.
  bool required() const { return Flag(0); }
  bool flattened() const;  // Itself, or its shape.
  bool xml_attribute() const { return Flag(2); }
  bool streaming() const { return Flag(3); }
  bool idempotency_token() const { return Flag(4); }
  bool json_value() const { return Flag(5); }

 private:
  bool Flag(int bit) const { return (row_->flags >> bit & 1) != 0; }

  const Service* service_ = nullptr;
  const MemberRow* row_ = nullptr;
};

// A type of a service model. Cheap to copy. False: an operation without input or output.
class Shape {
 public:
  Shape() = default;
  Shape(const Service& service, const ShapeRow& row) : service_(&service), row_(&row) {}

  explicit operator bool() const { return row_ != nullptr; }
  bool operator==(const Shape& other) const { return row_ == other.row_; }
  const Service& service() const { return *service_; }
  std::string_view name() const;
  ShapeType type() const { return static_cast<ShapeType>(row_->type); }

  // Structure: its members in the model's order. List: one, the element. Map: two, key and value.
  std::size_t member_count() const { return row_->member_count; }
  Member member(std::size_t i) const;
  Member FindMember(std::string_view name) const;
  // By the name that JSON bodies use.
  Member FindMemberByWireName(std::string_view wire_name) const;
  Member payload() const;  // The member that is the whole body; false: none.
  Member element() const { return member(0); }
  Member key() const { return member(0); }
  Member value() const { return member(1); }

  bool has_min() const { return Flag(7); }
  bool has_max() const { return Flag(8); }
  double min() const { return row_->min; }  // Of the length, or of a number's value.
  double max() const { return row_->max; }
  bool has_pattern() const { return row_->pattern != kNoIndex; }
  std::string_view pattern() const;
  std::uint32_t pattern_index() const { return row_->pattern; }
  std::size_t enum_count() const { return row_->enum_count; }
  std::string_view enum_value(std::size_t i) const;

  bool sensitive() const { return Flag(0); }
  bool flattened() const { return Flag(1); }
  bool exception() const { return Flag(2); }
  bool document() const { return Flag(3); }  // Any JSON value.
  bool event_stream() const { return Flag(4); }
  bool is_union() const { return Flag(5); }
  TimestampFormat timestamp_format() const { return static_cast<TimestampFormat>(row_->timestamp_format); }

  // Of an exception: what clients match on, and the status of its reply.
  std::string_view error_code() const;
  int http_status() const { return row_->http_status; }
  bool server_fault() const { return Flag(9); }

 private:
  bool Flag(int bit) const { return (row_->flags >> bit & 1) != 0; }

  const Service* service_ = nullptr;
  const ShapeRow* row_ = nullptr;
};

struct Operation {
  const Service* service;
  std::string_view name;
  std::string_view method;
  std::string_view uri;              // "/{Bucket}/{Key+}?tagging"
  std::string_view result_wrapper;   // Query protocol: "GetRoleResult".
  std::string_view input_root;       // REST-XML: name of the request's root element when the model gives one.
  std::string_view checksum_member;  // Input member that names the checksum algorithm of the body.
  std::uint32_t input_index;
  std::uint32_t output_index;
  std::uint32_t first_error;
  std::uint16_t error_count;
  std::uint16_t response_code;
  bool streams_input;   // The body is read through Call::body.
  bool streams_output;  // The body may be a file slice.
  bool event_stream_output;
  bool checksum_required;
  bool auth_none;  // May be called without a signature.
  bool deprecated;
  bool compresses_input;  // Clients may send the body compressed by gzip.

  Shape input() const;   // False: none.
  Shape output() const;  // False: none.
  Shape error(std::size_t i) const;
};

struct Service {
  std::string_view id;  // botocore's folder name: "sagemaker", "sagemaker-runtime", "s3".
  std::string_view signing_name;
  std::string_view endpoint_prefix;
  std::string_view target_prefix;  // X-Amz-Target before the dot; empty: the service has no JSON RPC protocol.
  std::string_view api_version;
  std::string_view xml_namespace;
  std::span<const Protocol> protocols;
  std::span<const Operation> operations;  // Ordered by name.
  bool query_compatible;                  // Errors carry x-amzn-query-error.
  Tables tables;

  const Operation* FindOperation(std::string_view name) const;  // nullptr: no such operation.
  Shape FindShape(std::string_view name) const;                 // False: no such shape.
  // The exception whose code or shape name is `code`. False: not modelled (ValidationException often is not).
  Shape FindError(std::string_view code) const;
  std::vector<Shape> Errors() const;  // Every exception of the model.
  bool Speaks(Protocol protocol) const;
};

// All compiled services.
std::span<const Service* const> Services();
const Service* FindService(std::string_view id);  // nullptr: no such service.

}  // namespace sagebrush::wire
