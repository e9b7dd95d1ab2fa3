import './registered.js';
