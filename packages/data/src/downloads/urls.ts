const S3 = 'https://s3.amazonaws.com/fast-ai-';
const SAMPLE = `${S3}sample/`;
const IMAGE_CLASSES = `${S3}imageclas/`;
const IMAGE_LOCALIZATION = `${S3}imagelocal/`;
const COCO = `${S3}coco/`;
const TEXT = `${S3}nlp/`;
const MODELS = `${S3}modelzoo/`;
const GOOGLE = 'https://storage.googleapis.com/';

/**
 * URLs of data sets, by fastai's names; {@link untarData} downloads them.
 *
 * Source: fastai `data/external.py`, `URLs`.
 */
export const URLs = {
  ADULT_SAMPLE: `${SAMPLE}adult_sample.tgz`,
  BIWI_SAMPLE: `${SAMPLE}biwi_sample.tgz`,
  CIFAR: `${SAMPLE}cifar10.tgz`,
  COCO_SAMPLE: `${COCO}coco_sample.tgz`,
  COCO_TINY: `${COCO}coco_tiny.tgz`,
  HUMAN_NUMBERS: `${SAMPLE}human_numbers.tgz`,
  IMDB: `${TEXT}imdb.tgz`,
  IMDB_SAMPLE: `${SAMPLE}imdb_sample.tgz`,
  ML_SAMPLE: `${SAMPLE}movie_lens_sample.tgz`,
  ML_100k: 'https://files.grouplens.org/datasets/movielens/ml-100k.zip',
  MNIST_SAMPLE: `${SAMPLE}mnist_sample.tgz`,
  MNIST_TINY: `${SAMPLE}mnist_tiny.tgz`,
  MNIST_VAR_SIZE_TINY: `${IMAGE_CLASSES}mnist_var_size_tiny.tgz`,
  PLANET_SAMPLE: `${SAMPLE}planet_sample.tgz`,
  PLANET_TINY: `${SAMPLE}planet_tiny.tgz`,
  IMAGENETTE: `${IMAGE_CLASSES}imagenette2.tgz`,
  IMAGENETTE_160: `${IMAGE_CLASSES}imagenette2-160.tgz`,
  IMAGENETTE_320: `${IMAGE_CLASSES}imagenette2-320.tgz`,
  IMAGEWOOF: `${IMAGE_CLASSES}imagewoof2.tgz`,
  IMAGEWOOF_160: `${IMAGE_CLASSES}imagewoof2-160.tgz`,
  IMAGEWOOF_320: `${IMAGE_CLASSES}imagewoof2-320.tgz`,
  IMAGEWANG: `${IMAGE_CLASSES}imagewang.tgz`,
  IMAGEWANG_160: `${IMAGE_CLASSES}imagewang-160.tgz`,
  IMAGEWANG_320: `${IMAGE_CLASSES}imagewang-320.tgz`,
  DOGS: `${SAMPLE}dogscats.tgz`,
  CALTECH_101: `${IMAGE_CLASSES}caltech_101.tgz`,
  CARS: `${IMAGE_CLASSES}stanford-cars.tgz`,
  CIFAR_100: `${IMAGE_CLASSES}cifar100.tgz`,
  CUB_200_2011: `${IMAGE_CLASSES}CUB_200_2011.tgz`,
  FLOWERS: `${IMAGE_CLASSES}oxford-102-flowers.tgz`,
  FOOD: `${IMAGE_CLASSES}food-101.tgz`,
  MNIST: `${IMAGE_CLASSES}mnist_png.tgz`,
  PETS: `${IMAGE_CLASSES}oxford-iiit-pet.tgz`,
  AG_NEWS: `${TEXT}ag_news_csv.tgz`,
  AMAZON_REVIEWS: `${TEXT}amazon_review_full_csv.tgz`,
  AMAZON_REVIEWS_POLARITY: `${TEXT}amazon_review_polarity_csv.tgz`,
  DBPEDIA: `${TEXT}dbpedia_csv.tgz`,
  MT_ENG_FRA: `${TEXT}giga-fren.tgz`,
  SOGOU_NEWS: `${TEXT}sogou_news_csv.tgz`,
  WIKITEXT: `${TEXT}wikitext-103.tgz`,
  WIKITEXT_TINY: `${TEXT}wikitext-2.tgz`,
  YAHOO_ANSWERS: `${TEXT}yahoo_answers_csv.tgz`,
  YELP_REVIEWS: `${TEXT}yelp_review_full_csv.tgz`,
  YELP_REVIEWS_POLARITY: `${TEXT}yelp_review_polarity_csv.tgz`,
  BIWI_HEAD_POSE: `${IMAGE_LOCALIZATION}biwi_head_pose.tgz`,
  CAMVID: `${IMAGE_LOCALIZATION}camvid.tgz`,
  CAMVID_TINY: `${SAMPLE}camvid_tiny.tgz`,
  LSUN_BEDROOMS: `${IMAGE_CLASSES}bedroom.tgz`,
  PASCAL_2007: `${IMAGE_LOCALIZATION}pascal_2007.tgz`,
  PASCAL_2012: `${IMAGE_LOCALIZATION}pascal_2012.tgz`,
  MACAQUES: `${GOOGLE}ml-animal-sounds-datasets/macaques.zip`,
  ZEBRA_FINCH: `${GOOGLE}ml-animal-sounds-datasets/zebra_finch.zip`,
  SIIM_SMALL: `${IMAGE_LOCALIZATION}siim_small.tgz`,
  TCGA_SMALL: `${IMAGE_LOCALIZATION}tcga_small.tgz`,
  OPENAI_TRANSFORMER: `${MODELS}transformer.tgz`,
  WT103_FWD: `${MODELS}wt103-fwd.tgz`,
  WT103_BWD: `${MODELS}wt103-bwd.tgz`,
} as const;
