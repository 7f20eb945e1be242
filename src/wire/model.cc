#include "wire/model.h"

#include <algorithm>
#include <cstring>

namespace sagebrush::wire {
namespace {

// The order of Tables::by_name.
int CompareNames(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return std::memcmp(a.data(), b.data(), a.size());
}

}  // namespace

std::string_view Member::name() const { return service_->tables.Get(row_->name); }
std::string_view Member::wire_name() const { return service_->tables.Get(row_->wire_name); }
Shape Member::shape() const { return {*service_, service_->tables.shapes[row_->shape]}; }
bool Member::flattened() const { return Flag(1) || shape().flattened(); }

TimestampFormat Member::timestamp_format() const {
  const auto own = static_cast<TimestampFormat>(row_->timestamp_format);
  return own != TimestampFormat::kDefault ? own : shape().timestamp_format();
}

std::string_view Shape::name() const { return service_->tables.Get(row_->name); }
std::string_view Shape::error_code() const { return service_->tables.Get(row_->error_code); }

Member Shape::member(std::size_t i) const { return {*service_, service_->tables.members[row_->first_member + i]}; }

Member Shape::FindMember(std::string_view name) const {
  const Tables& tables = service_->tables;
  const MemberRow* members = tables.members + row_->first_member;
  const std::uint16_t* order = tables.by_name + row_->first_member;
  std::size_t low = 0;
  std::size_t high = row_->member_count;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const MemberRow& row = members[order[middle]];
    const int compared = CompareNames(name, tables.Get(row.name));
    if (compared == 0) return {*service_, row};
    (compared < 0 ? high : low) = compared < 0 ? middle : middle + 1;
  }
  return {};
}

Member Shape::FindMemberByWireName(std::string_view wire_name) const {
  if (!Flag(6)) return FindMember(wire_name);
  for (std::size_t i = 0; i < member_count(); ++i) {
    const Member candidate = member(i);
    if (candidate.location() == Location::kBody && candidate.wire_name() == wire_name) return candidate;
  }
  return {};
}

Member Shape::payload() const {
  if (row_->payload == kNoIndex) return {};
  return member(row_->payload);
}

std::string_view Shape::pattern() const { return service_->tables.Get(service_->tables.patterns[row_->pattern]); }

std::string_view Shape::enum_value(std::size_t i) const {
  return service_->tables.Get(service_->tables.enums[row_->first_enum + i]);
}

Shape Operation::input() const {
  return input_index == kNoIndex ? Shape() : Shape(*service, service->tables.shapes[input_index]);
}

Shape Operation::output() const {
  return output_index == kNoIndex ? Shape() : Shape(*service, service->tables.shapes[output_index]);
}

Shape Operation::error(std::size_t i) const {
  return {*service, service->tables.shapes[service->tables.errors[first_error + i]]};
}

const Operation* Service::FindOperation(std::string_view name) const {
  const auto at = std::lower_bound(operations.begin(), operations.end(), name,
                                   [](const Operation& operation, std::string_view n) { return operation.name < n; });
  return at != operations.end() && at->name == name ? &*at : nullptr;
}

Shape Service::FindShape(std::string_view name) const {
  const std::span<const ShapeRow> shapes(tables.shapes, tables.shape_count);
  const auto at = std::lower_bound(shapes.begin(), shapes.end(), name, [this](const ShapeRow& row, std::string_view n) {
    return tables.Get(row.name) < n;
  });
  return at != shapes.end() && tables.Get(at->name) == name ? Shape(*this, *at) : Shape();
}

Shape Service::FindError(std::string_view code) const {
  const Shape named = FindShape(code);
  if (named && named.exception()) return named;
  for (const Shape& error : Errors()) {
    if (error.error_code() == code) return error;
  }
  return {};
}

std::vector<Shape> Service::Errors() const {
  std::vector<Shape> errors;
  for (std::uint32_t i = 0; i < tables.shape_count; ++i) {
    const Shape shape(*this, tables.shapes[i]);
    if (shape.exception()) errors.push_back(shape);
  }
  return errors;
}

bool Service::Speaks(Protocol protocol) const {
  return std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
}

const Service* FindService(std::string_view id) {
  for (const Service* service : Services()) {
    if (service->id == id) return service;
  }
  return nullptr;
}

}  // namespace sagebrush::wire
