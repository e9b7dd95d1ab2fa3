import fixture from '../fixtures/pictures.json';
import { LazyImage } from '../src/index.js';

jest.mock('heic-decode', () => {
  throw Object.assign(new Error("Cannot find package 'heic-decode'"), { code: 'ERR_MODULE_NOT_FOUND' });
});

test('HEIC without its optional package is an error that says which one to install', async () => {
  const { file, size } = fixture.cases.find(({ name }) => name === 'HEIC')!;
  const image = new LazyImage(Buffer.from(file, 'base64'));
  await expect(image.compute()).rejects.toThrow(
    'it is an HEIC image: install the package heic-decode (npm install heic-decode) to read it, or convert it to JPEG',
  );
  expect(await image.size()).toEqual(size);
});
