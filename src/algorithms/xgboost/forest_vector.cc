// The walks of forest.h with AVX-512, compiled for every x86-64 processor and used on those that have it.
#include "algorithms/xgboost/forest.h"

#ifdef __x86_64__
#include <immintrin.h>
#define SAGEBRUSH_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#endif

namespace sagebrush::algorithms::xgboost {

#ifdef __x86_64__

bool CanUseForestVectors() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}

// One row, 16 trees at a time: a lane is a tree.
SAGEBRUSH_AVX512 void Forest::FindCompleteLeavesVector(const Complete& forest, const float* slots,
                                                       float* leaves) const {
  const int depth = forest.depth;
  const std::size_t count = forest.trees.size();
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i size = _mm512_set1_epi32(1 << depth);
  for (std::size_t first = 0; first < count; first += 16) {
    const __m512i tree = _mm512_min_epi32(_mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<int>(first))),
                                          _mm512_set1_epi32(static_cast<int>(count - 1)));
    const __m512i base = _mm512_sll_epi32(tree, _mm_cvtsi32_si128(depth));
    __m512i at = _mm512_set1_epi32(1);
    for (int level = 0; level < depth; ++level) {
      const __m512i node = _mm512_add_epi32(base, at);
      const __m512 threshold = _mm512_i32gather_ps(node, forest.thresholds.data(), 4);
      const __m512i slot = _mm512_i32gather_epi32(node, forest.slots.data(), 4);
      const __m512 value = _mm512_i32gather_ps(slot, slots, 4);
      const __mmask16 right = _mm512_cmp_ps_mask(value, threshold, _CMP_NLT_UQ);
      at = _mm512_add_epi32(at, at);
      at = _mm512_mask_add_epi32(at, right, at, _mm512_set1_epi32(1));
    }
    const __m512i leaf = _mm512_add_epi32(base, _mm512_sub_epi32(at, size));
    const __m512 value = _mm512_i32gather_ps(leaf, forest.leaves.data(), 4);
    const std::size_t rest = count - first;
    const auto mask = static_cast<__mmask16>(rest >= 16 ? 0xffff : (1U << rest) - 1);
    const __m512i out = _mm512_maskz_loadu_epi32(mask, forest.trees.data() + first);
    _mm512_mask_i32scatter_ps(leaves, mask, out, value, 4);
  }
}

namespace {

// The element at `index` (0 .. 31) of two registers.
SAGEBRUSH_AVX512 inline __m512 Pick32(__m512 low, __m512i index, __m512 high) {
  return _mm512_permutex2var_ps(low, index, high);
}

}  // namespace

// 16 rows, one tree: a lane is a row. The nodes of the upper five levels are looked up in registers.
SAGEBRUSH_AVX512 void Forest::FindBatchCompleteLeaves(const Complete& forest, std::size_t tree, const float* slots,
                                                      float* leaves) const {
  const int depth = forest.depth;
  const std::size_t base = tree << depth;
  const float* thresholds = forest.thresholds.data() + base;
  const auto* nodes = reinterpret_cast<const float*>(forest.slots.data() + base);
  const std::size_t size = std::size_t{1} << depth;
  const auto low_mask = static_cast<__mmask16>(size >= 16 ? 0xffff : (1U << size) - 1);
  const auto high_mask = static_cast<__mmask16>(size >= 32 ? 0xffff : 0);
  const __m512 threshold_low = _mm512_maskz_loadu_ps(low_mask, thresholds);
  const __m512 threshold_high = _mm512_maskz_loadu_ps(high_mask, thresholds + 16);
  const __m512 slot_low = _mm512_maskz_loadu_ps(low_mask, nodes);
  const __m512 slot_high = _mm512_maskz_loadu_ps(high_mask, nodes + 16);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i rows = _mm512_mullo_epi32(lanes, _mm512_set1_epi32(static_cast<int>(this->slots())));
  __m512i at = _mm512_set1_epi32(1);
  for (int level = 0; level < depth; ++level) {
    __m512 threshold;
    __m512i slot;
    if (level < 5) {
      threshold = Pick32(threshold_low, at, threshold_high);
      slot = _mm512_castps_si512(Pick32(slot_low, at, slot_high));
    } else {
      threshold = _mm512_i32gather_ps(at, thresholds, 4);
      slot = _mm512_castps_si512(_mm512_i32gather_ps(at, nodes, 4));
    }
    const __m512 value = _mm512_i32gather_ps(_mm512_add_epi32(rows, slot), slots, 4);
    const __mmask16 right = _mm512_cmp_ps_mask(value, threshold, _CMP_NLT_UQ);
    at = _mm512_add_epi32(at, at);
    at = _mm512_mask_add_epi32(at, right, at, _mm512_set1_epi32(1));
  }
  const __m512i leaf = _mm512_sub_epi32(at, _mm512_set1_epi32(static_cast<int>(size)));
  _mm512_storeu_ps(leaves, _mm512_i32gather_ps(leaf, forest.leaves.data() + base, 4));
}

#else

bool CanUseForestVectors() { return false; }
void Forest::FindCompleteLeavesVector(const Complete& forest, const float* slots, float* leaves) const {
  FindCompleteLeaves(forest, slots, leaves);
}
void Forest::FindBatchCompleteLeaves(const Complete&, std::size_t, const float*, float*) const {}

#endif

}  // namespace sagebrush::algorithms::xgboost
