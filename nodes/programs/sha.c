/*
 * sha KIB ROUNDS: fills a buffer of KIB kibibytes, and ROUNDS times takes its SHA-256 and writes that over the first
 * 32 bytes. Prints the last one.
 *
 * It reads its whole buffer in every round and writes only to the first page: after the start, almost all of its
 * pages stay clean. The algorithm is that of FIPS 180-4, section 6.2, and the names are those of that standard.
 */
#include <stdint.h>
#include <string.h>

#include "common.h"

#define HOW "sha KIB ROUNDS    (KIB from 1 to 65536, ROUNDS from 1 to 1000000)"

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotr(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

/* Change the hash value H by one block of 64 bytes. */
static void hash_block(uint32_t H[8], const uint8_t block[64])
{
    uint32_t W[64], a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];

    for (int t = 0; t < 16; t++)
        W[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8
               | block[4 * t + 3];
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = rotr(W[t - 15], 7) ^ rotr(W[t - 15], 18) ^ W[t - 15] >> 3;
        uint32_t s1 = rotr(W[t - 2], 17) ^ rotr(W[t - 2], 19) ^ W[t - 2] >> 10;

        W[t] = W[t - 16] + s0 + W[t - 7] + s1;
    }
    for (int t = 0; t < 64; t++) {
        uint32_t S1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
        uint32_t T1 = h + S1 + ((e & f) ^ (~e & g)) + K[t] + W[t];
        uint32_t S0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
        uint32_t T2 = S0 + ((a & b) ^ (a & c) ^ (b & c));

        h = g, g = f, f = e, e = d + T1, d = c, c = b, b = a, a = T1 + T2;
    }
    H[0] += a, H[1] += b, H[2] += c, H[3] += d, H[4] += e, H[5] += f, H[6] += g, H[7] += h;
}

/* Take the SHA-256 of `size` bytes, which must be a multiple of 64. */
static void sha256(const uint8_t *data, uint64_t size, uint8_t digest[32])
{
    uint32_t H[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t last[64] = {0x80}; /* a single 1 bit, zeros, and the length in bits */

    for (uint64_t i = 0; i < size; i += 64)
        hash_block(H, data + i);
    for (int i = 0; i < 8; i++)
        last[63 - i] = (uint8_t)(size * 8 >> 8 * i);
    hash_block(H, last);
    for (int i = 0; i < 32; i++)
        digest[i] = (uint8_t)(H[i / 4] >> (24 - 8 * (i % 4)));
}

int main(int argc, char **argv)
{
    unsigned long size, rounds;
    uint8_t *buffer, digest[32];

    if (argc != 3)
        usage(HOW);
    size = number(argv[1], 1, 65536, HOW) * 1024;
    rounds = number(argv[2], 1, 1000000, HOW);

    buffer = memory(size);
    for (unsigned long i = 0; i < size; i++)
        buffer[i] = (uint8_t)(i * 7 + i / 256);
    for (unsigned long round = 0; round < rounds; round++) {
        sha256(buffer, size, digest);
        memcpy(buffer, digest, sizeof digest);
    }

    for (size_t i = 0; i < sizeof digest; i++)
        printf("%02x", digest[i]);
    printf("\n");
    free(buffer);
    return 0;
}
