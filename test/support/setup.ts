import './golden';
