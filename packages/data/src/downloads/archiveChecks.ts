import { URLs } from './urls.js';

/** Size and hash of an archive. */
export interface ArchiveCheck {
  /** Its size in bytes. */
  size: number;
  /** MD5 of its first 2²⁰ bytes, hexadecimal. */
  md5: string;
}

/**
 * Known sizes and hashes of archives, by URL.
 *
 * Source: fastai `data/download_checks.py`.
 */
export const archiveChecks: Record<string, ArchiveCheck> = {
  [URLs.COCO_SAMPLE]: { size: 3245877008, md5: '006cd55d633d94b36ecaf661467830ec' },
  [URLs.COCO_TINY]: { size: 801038, md5: '367467451ac4fba79a647753c2c66d3a' },
  [URLs.CUB_200_2011]: { size: 1150585339, md5: 'd2acaa99439dff0483c7bbac1bfe2a92' },
  [URLs.LSUN_BEDROOMS]: { size: 4579163978, md5: '35d84f38f8a15fe47e66e460c8800d68' },
  [URLs.CALTECH_101]: { size: 131740031, md5: 'd673425306e98ee4619fcdeef8a0e876' },
  [URLs.CIFAR_100]: { size: 169168619, md5: 'e5e65dcb54b9d3913f7b8a9ad6607e62' },
  [URLs.FOOD]: { size: 5686607260, md5: '1a540ebf1fb40b2bf3f2294234ba7907' },
  [URLs.IMAGENETTE_160]: { size: 99003388, md5: 'c475f8f7617a200ba35b9facc48443c3' },
  [URLs.IMAGENETTE_320]: { size: 341663724, md5: '1f1f74f133caff120e575856659b87a2' },
  [URLs.IMAGENETTE]: { size: 1557161267, md5: '2c774ecb40005b35d7937d50f5d42336' },
  [URLs.IMAGEWANG_160]: { size: 191498213, md5: 'dab9b1d97b95574ac64122a19bc74ca1' },
  [URLs.IMAGEWANG_320]: { size: 669826647, md5: 'fff8ac034d60e14fcf7789845e625263' },
  [URLs.IMAGEWANG]: { size: 2900347689, md5: '2b7776bac0fc95db72ac8a3b091a3e30' },
  [URLs.IMAGEWOOF_160]: { size: 92612825, md5: '3559b194123981a540b87132dbda412f' },
  [URLs.IMAGEWOOF_320]: { size: 328387740, md5: '7a1fd92672a559a85de76e4810a20c21' },
  [URLs.IMAGEWOOF]: { size: 1343715595, md5: '2cc1c1e36e20cb6fd24ffb978edcb487' },
  [URLs.MNIST]: { size: 15683414, md5: '03639f83c4e3d19e0a3a53a8a997c487' },
  [URLs.MNIST_VAR_SIZE_TINY]: { size: 565372, md5: 'b71a930f4eb744a4a143a6c7ff7ed67f' },
  [URLs.FLOWERS]: { size: 345236087, md5: '5666e01c1311b4c67fcf20d2b3850a88' },
  [URLs.PETS]: { size: 811706944, md5: 'e4db5c768afd933bb91f5f594d7417a4' },
  [URLs.CARS]: { size: 1957803273, md5: '9045d6673c9ced0889f41816f6bf2f9f' },
  [URLs.BIWI_HEAD_POSE]: { size: 452316199, md5: '00f4ccf66e8cba184bc292fdc08fb237' },
  [URLs.CAMVID]: { size: 598913237, md5: '648371e4f3a833682afb39b08a3ce2aa' },
  [URLs.PASCAL_2007]: { size: 1637796771, md5: '433b4706eb7c42bd74e7f784e3fdf244' },
  [URLs.PASCAL_2012]: { size: 2618908000, md5: 'd90e29e54a4c76c0c6fba8355dcbaca5' },
  [URLs.SIIM_SMALL]: { size: 33276453, md5: '2f88ac350dce1d971ecbb5ec722da75f' },
  [URLs.TCGA_SMALL]: { size: 14744474, md5: '3ceffe7cf522cb1c60e93dc555d8817f' },
  [URLs.OPENAI_TRANSFORMER]: { size: 432848315, md5: '024b0d2203ebb0cd1fc64b27cf8af18e' },
  [URLs.AG_NEWS]: { size: 11784419, md5: 'b86f328f4dbd072486591cb7a5644dcd' },
  [URLs.AMAZON_REVIEWS]: { size: 71606272, md5: '4a1196cf0adaea22f4bc3f592cddde90' },
  [URLs.AMAZON_REVIEWS_POLARITY]: { size: 688339454, md5: '676f7e5208ec343c8274b4bb085bc938' },
  [URLs.DBPEDIA]: { size: 68341743, md5: '239c7837b9e79db34486f3de6a00e38e' },
  [URLs.MT_ENG_FRA]: { size: 2598183296, md5: '69573f58e2c850b90f2f954077041d8c' },
  [URLs.IMDB]: { size: 144440600, md5: '90f9b1c4ff43a90d67553c9240dc0249' },
  [URLs.SOGOU_NEWS]: { size: 384269937, md5: '950f1366d33be52f5b944f8a8b680902' },
  [URLs.WIKITEXT]: { size: 190200704, md5: '2dd8cf8693b3d27e9c8f0a7df054b2c7' },
  [URLs.WIKITEXT_TINY]: { size: 4070055, md5: '2a82d47a7b85c8b6a8e068dc4c1d37e7' },
  [URLs.YAHOO_ANSWERS]: { size: 319476345, md5: '0632a0d236ef3a529c0fa4429b339f68' },
  [URLs.YELP_REVIEWS]: { size: 196146755, md5: '1efd84215ea3e30d90e4c33764b889db' },
  [URLs.YELP_REVIEWS_POLARITY]: { size: 166373201, md5: '48c8451c1ad30472334d856b5d294807' },
  [URLs.ADULT_SAMPLE]: { size: 968212, md5: '64eb9d7e23732de0b138f7372d15492f' },
  [URLs.BIWI_SAMPLE]: { size: 593774, md5: '9179f4c1435f4b291f0d5b072d60c2c9' },
  [URLs.CAMVID_TINY]: { size: 2314212, md5: '2cf6daf91b7a2083ecfa3e9968e9d915' },
  [URLs.CIFAR]: { size: 168168549, md5: 'a5f8c31371b63a406b23368042812d3c' },
  [URLs.DOGS]: { size: 839285364, md5: '3e483c8d6ef2175e9d395a6027eb92b7' },
  [URLs.HUMAN_NUMBERS]: { size: 30252, md5: '8a19c3bfa2bcb08cd787e741261f3ea2' },
  [URLs.IMDB_SAMPLE]: { size: 571827, md5: '0842e61a9867caa2e6fbdb14fa703d61' },
  [URLs.MNIST_SAMPLE]: { size: 3214948, md5: '2dbc7ec6f9259b583af0072c55816a88' },
  [URLs.MNIST_TINY]: { size: 342207, md5: '56143e8f24db90d925d82a5a74141875' },
  [URLs.ML_SAMPLE]: { size: 51790, md5: '10961384dfe7c5181460390a460c1f77' },
  [URLs.PLANET_SAMPLE]: { size: 15523994, md5: '8bfb174b3162f07fbde09b54555bdb00' },
  [URLs.PLANET_TINY]: { size: 997569, md5: '490873c5683454d4b2611fb1f00a68a9' },
  [URLs.MACAQUES]: { size: 131604586, md5: '44fec3950e61d6a898f16fe30bc9c88d' },
  [URLs.ZEBRA_FINCH]: { size: 186624896, md5: '91fa9c4ebfc986b9babc2a805a10e281' },
};
