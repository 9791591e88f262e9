import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Matrix, inverse as reference } from 'ml-matrix';
import { inverse } from '../../../src/revenue/attribution/linear-algebra.ts';

test('the inverse is that of ml-matrix, also where rows must be exchanged', () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 8 })
        .chain((size) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength: size * size, maxLength: size * size })),
      (numbers) => {
        const size = Math.sqrt(numbers.length);
        // A large diagonal that is then moved one row down, so that none of it stands where it began.
        const cells = Float64Array.from({ length: numbers.length }, (_, at) => {
          const [row, column] = [Math.floor(at / size), at % size];
          return (numbers[at] ?? 0) + ((column + 1) % size === row ? 100 : 0);
        });
        const wanted = reference(Matrix.from1DArray(size, size, cells)).to1DArray();
        const found = inverse({ size, cells }).cells;
        for (const [at, value] of wanted.entries()) expect(found[at]).toBeCloseTo(value, 12);
      },
    ),
    { numRuns: 100 },
  );
});

test('a matrix without an inverse is said to have none', () => {
  expect(() => inverse({ size: 2, cells: Float64Array.of(1, 2, 2, 4) })).toThrow('the matrix of 2 rows has no inverse');
});
