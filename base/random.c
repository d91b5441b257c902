/* random.c - random streams: xoshiro256++ 1.0 and splitmix64, from the public-domain code of D. Blackman and
 * S. Vigna (2019, 2015). The same seed and stream name give the same numbers on every machine. */
#include "base.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

void ftblab_random_seed(ftblab_random *random, uint64_t seed, const char *stream_name)
{
  uint64_t name_hash = UINT64_C(14695981039346656037); /* FNV-1a */
  for (const char *at = stream_name; at && *at; at++)
    name_hash = (name_hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
  /* Mixed before they are combined: near seeds and near names must not meet. */
  uint64_t state = splitmix64(&seed) ^ splitmix64(&name_hash);
  for (size_t i = 0; i < FTBLAB_COUNT(random->state); i++)
    random->state[i] = splitmix64(&state);
}

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
  return x << bits | x >> (64 - bits);
}

uint64_t ftblab_random_u64(ftblab_random *random)
{
  uint64_t *s = random->state;
  uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
  uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate_left(s[3], 45);
  return result;
}

double ftblab_random_uniform(ftblab_random *random)
{
  return (double)(ftblab_random_u64(random) >> 11) * 0x1.0p-53;
}

double ftblab_random_exponential(ftblab_random *random, double mean)
{
  return -mean * log1p(-ftblab_random_uniform(random)); /* 1 - u is never 0 */
}

uint64_t ftblab_random_below(ftblab_random *random, uint64_t bound)
{
  /* 2^64 modulo BOUND values would come up once too often: they are drawn again. */
  uint64_t surplus = (UINT64_MAX - bound + 1) % bound, draw;
  do
    draw = ftblab_random_u64(random);
  while (draw < surplus);
  return draw % bound;
}
